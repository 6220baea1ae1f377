/** Looks of the attention page: no fonts, no pictures, nothing from elsewhere. */
export const attentionStyle = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #14151a);
  --card: light-dark(#ffffff, #1c1e25);
  --ink: light-dark(#1d1f27, #eceae6);
  --soft: light-dark(#6a6c78, #9a9ca8);
  --rule: light-dark(#e5e2dc, #2e313b);
  --accent: light-dark(#3b5bdb, #8ea2ff);
  --shine: light-dark(#eef1fd, #262b42);
  --row: 26px;
  font: 15px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
:root[data-theme='light'] { color-scheme: light; }
:root[data-theme='dark'] { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 28px clamp(14px, 3vw, 44px) 20px; max-width: 1320px; background: var(--paper); color: var(--ink); }
header { display: flex; justify-content: space-between; align-items: start; gap: 16px; }
h1 { margin: 0; font-size: 23px; font-weight: 650; letter-spacing: -0.01em; line-height: 1.25; }
h2 { margin: 0 0 10px; font-size: 12px; font-weight: 600; color: var(--soft); letter-spacing: 0.03em; }
.note { margin: 5px 0 0; color: var(--soft); max-width: 90ch; white-space: pre-line; }
button { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: 7px; cursor: pointer; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
#theme { font-size: 18px; line-height: 1; padding: 7px 9px; border-color: var(--rule); background: var(--card); }
nav { display: flex; flex-wrap: wrap; gap: 10px 26px; margin: 20px 0 12px; align-items: center; }
.choice, .choice > div { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.name { color: var(--soft); font-size: 13px; margin-inline-end: 4px; }
nav button { padding: 4px 11px; font-size: 14px; border-color: var(--rule); background: var(--card); font-variant-numeric: tabular-nums; }
nav button:hover { border-color: var(--soft); }
nav button[aria-pressed='true'] { background: var(--ink); color: var(--paper); border-color: var(--ink); }
#heads button[aria-pressed] { padding: 4px 9px; }
#heads button[aria-pressed='true'] { background: var(--own); border-color: var(--own); color: #fff; }
#heads .all[aria-pressed='true'] { color: var(--paper); }
#heads button[aria-pressed='false']:not(.all) { color: var(--own); }
#caption { margin: 0 0 14px; min-height: 2.9em; padding: 10px 14px; border-radius: 10px; background: var(--shine); position: sticky; top: 8px; z-index: 2; }
#caption b { font-weight: 650; }
#caption .share { color: var(--soft); font-variant-numeric: tabular-nums; margin: 0 12px 0 4px; white-space: nowrap; }
main { display: grid; grid-template-columns: minmax(0, 1.3fr) minmax(0, 1fr); gap: 18px; align-items: start; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 14px; padding: 16px 18px; min-width: 0; }
.lines { display: grid; grid-template-columns: minmax(0, auto) minmax(90px, 1fr) minmax(0, auto); justify-content: center; overflow: auto; }
.lines canvas { width: 100%; margin-top: 27px; }
.side:first-child { display: flex; flex-direction: column; align-items: end; }
.side h2 { height: 17px; line-height: 17px; padding: 0 9px; white-space: nowrap; }
ul { list-style: none; margin: 0; padding: 0; display: grid; grid-auto-rows: var(--row); align-items: center; column-gap: 7px; }
#rows { grid-template-columns: 2.8em var(--cells, 0) auto; }
#columns { grid-template-columns: auto var(--cells, 0) 2.8em; }
li { display: contents; }
#rows li > button { justify-self: end; }
#columns li > button { justify-self: start; }
li button { height: calc(var(--row) - 2px); padding: 0 9px; max-width: 12em; overflow: hidden; white-space: pre; line-height: 1; border-radius: 6px; background: var(--tint, none); }
li button:hover { border-color: var(--soft); }
li button[aria-pressed='true'] { background: var(--ink); color: var(--paper); }
li .share { font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; visibility: hidden; }
#rows .share { grid-column: 1; justify-self: end; }
#rows .cells, #columns .cells { grid-column: 2; }
#rows .cells { justify-self: end; }
#rows button, #columns .share { grid-column: 3; }
#columns button { grid-column: 1; }
li .cells { display: flex; gap: 1px; visibility: hidden; }
li .cells i { width: 7px; height: 13px; border-radius: 2px; background: var(--own); opacity: var(--much); }
.picked li.seen .share, .picked li .cells { visibility: visible; }
.maps { display: grid; justify-items: start; }
#matrix { margin-bottom: 20px; max-width: 100%; cursor: crosshair; touch-action: pan-y; }
#overview { display: grid; gap: 5px 6px; align-items: center; max-width: 100%; overflow: auto; padding: 2px; }
#overview span { font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; }
#overview span.head { justify-self: center; color: var(--own); font-weight: 600; }
#overview button { padding: 0; line-height: 0; border-radius: 6px; border: 2px solid var(--rule); overflow: hidden; }
#overview button:hover { border-color: var(--soft); }
#overview button[aria-pressed='true'] { border-color: var(--own); }
footer { margin-top: 16px; color: var(--soft); font-size: 12.5px; }
kbd { font: inherit; font-size: 11.5px; padding: 1px 5px; border: 1px solid var(--rule); border-radius: 4px; background: var(--card); }
@media (max-width: 620px) {
  #rows, #columns { grid-template-columns: auto 0 auto; column-gap: 3px; }
  li .cells { display: none; }
  li button { max-width: 7.5em; padding: 0 6px; }
  .lines { padding-inline: 8px; grid-template-columns: minmax(0, auto) minmax(60px, 1fr) minmax(0, auto); }
}
@media (max-width: 940px) { main { grid-template-columns: minmax(0, 1fr); } }
`;
