import type { Drawing, Focus } from './attention-drawing.js';
import type { AttentionPageData } from './attention-map.js';

/**
 * What the attention page does. Its source is written into the page, so it names nothing from outside but the browser's own.
 */
export const attentionScript = (data: AttentionPageData, draw: Drawing): void => {
  const byId = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
  const maps = data.maps.map((map) => ({
    ...map,
    rows: data.labels[map.rows]!,
    columns: data.labels[map.columns]!,
    bytes: Uint8Array.from(atob(map.weights), (sign) => sign.charCodeAt(0)),
  }));
  type Map = (typeof maps)[number];
  const { weight, mean, color, shown } = draw;

  const { start } = data;
  const state = { group: start.group, layer: start.layer, heads: new Set(start.heads) };
  let pinned: Focus | null = start.row === null ? null : { side: 'rows', at: start.row };
  let hovered: Focus | null = null;
  /** Where the matrix has its cells. */
  let grid = { cell: 1, left: 0, top: 0, most: 1 };

  const layersOf = (group: number): Map[] => maps.filter((map) => map.group === group);
  const current = (): Map => layersOf(state.group)[state.layer]!;
  const percent = (share: number): string => `${share >= 0.0995 ? Math.round(100 * share) : (100 * share).toFixed(1)} %`;
  const element = (tag: string, className = '', content = ''): HTMLElement => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = content;
    return made;
  };
  const button = (content: string, pressed: boolean, press: () => void, name?: string): HTMLButtonElement => {
    const made = element('button', '', content) as HTMLButtonElement;
    made.type = 'button';
    made.setAttribute('aria-pressed', String(pressed));
    if (name) made.setAttribute('aria-label', name);
    made.addEventListener('click', press);
    return made;
  };
  const choose = (change: Partial<{ group: number; layer: number; heads: Iterable<number> }>): void => {
    const before = current();
    if (change.group !== undefined) state.group = change.group;
    state.layer = Math.min(change.layer ?? state.layer, layersOf(state.group).length - 1);
    if (change.heads) state.heads = new Set(change.heads);
    const map = current();
    state.heads = new Set([...state.heads].filter((head) => head < map.heads));
    if (state.heads.size === 0) state.heads = new Set(Array.from({ length: map.heads }, (_, head) => head));
    if (before.rows !== map.rows || before.columns !== map.columns) {
      hovered = null;
      pinned = null;
    }
    build();
  };
  const toggle = (head: number): void => {
    const { heads } = current();
    if (head >= heads) return;
    // from all heads a first choice is one of them, not all the others
    const all = state.heads.size === heads && heads > 1;
    const chosen = new Set(all ? [] : state.heads);
    if (!chosen.delete(head)) chosen.add(head);
    choose({ heads: chosen });
  };
  const allHeads = (): void => choose({ heads: Array.from({ length: current().heads }, (_, head) => head) });
  const pin = (focus: Focus | null): void => {
    pinned = pinned && focus && pinned.side === focus.side && pinned.at === focus.at ? null : focus;
    paint();
  };

  const list = (side: 'rows' | 'columns'): void => {
    const map = current();
    byId(side).replaceChildren(
      ...map[side].map((label, at) => {
        const item = document.createElement('li');
        const made = button(shown(label), false, () => pin({ side, at }));
        made.title = label;
        made.addEventListener('pointerenter', () => hover({ side, at }));
        made.addEventListener('pointerleave', () => hover(null));
        made.addEventListener('focus', () => {
          if (made.matches(':focus-visible')) hover({ side, at });
        });
        made.addEventListener('blur', () => hover(null));
        const cells = element('span', 'cells');
        const share = element('span', 'share');
        item.append(...(side === 'rows' ? [share, cells, made] : [made, cells, share]));
        return item;
      }),
    );
  };
  const hover = (focus: Focus | null): void => {
    hovered = focus;
    paint();
  };

  /** Everything that depends on which map is shown. */
  const build = (): void => {
    const map = current();
    const group = data.groups[state.group]!;
    const layers = layersOf(state.group);
    byId('groups').replaceChildren(...data.groups.map(({ title }, at) => button(title, at === state.group, () => choose({ group: at }))));
    byId('layers').replaceChildren(
      ...layers.map((_, at) => button(String(at + 1), at === state.layer, () => choose({ layer: at }), `Layer ${at + 1}`)),
    );
    const all = button('all', state.heads.size === map.heads, allHeads, 'All heads');
    all.className = 'all';
    all.style.setProperty('--own', 'var(--ink)');
    byId('heads').replaceChildren(
      all,
      ...Array.from({ length: map.heads }, (_, head) => {
        const made = button(String(head + 1), state.heads.has(head), () => toggle(head), `Head ${head + 1}`);
        made.style.setProperty('--own', color(head, map.heads));
        return made;
      }),
    );
    byId('from').textContent = group.rows;
    byId('to').textContent = group.columns;
    const cells = state.heads.size > 1 && state.heads.size <= 8;
    document.documentElement.style.setProperty('--cells', `${cells ? 8 * state.heads.size : 0}px`);
    document.documentElement.style.setProperty('--row', `${Math.max(map.rows.length, map.columns.length) > 60 ? 20 : 26}px`);
    list('rows');
    list('columns');
    overview(layers);
    paint();
  };

  const overview = (layers: readonly Map[]): void => {
    const most = Math.max(...layers.map(({ heads }) => heads));
    const edge = most > 8 ? 28 : 52;
    const holder = byId('overview');
    holder.style.gridTemplateColumns = `auto repeat(${most}, max-content)`;
    const names = Array.from({ length: most }, (_, head) => {
      const name = element('span', 'head', String(head + 1));
      name.style.setProperty('--own', color(head, most));
      return name;
    });
    const cells = layers.flatMap((map, layer) => [
      element('span', '', String(layer + 1)),
      ...Array.from({ length: most }, (_, head) => {
        if (head >= map.heads) return element('span');
        const seen = layer === state.layer && state.heads.has(head);
        const made = button('', seen, () => choose({ layer, heads: [head] }), `Layer ${layer + 1}, head ${head + 1}`);
        made.style.setProperty('--own', color(head, map.heads));
        const canvas = document.createElement('canvas');
        made.append(canvas);
        draw.thumbnail(canvas, map, head, edge);
        return made;
      }),
    ]);
    holder.replaceChildren(element('span'), ...names, ...cells);
  };

  /** Everything that depends on which label is pointed at. */
  const paint = (): void => {
    const focus = hovered ?? pinned;
    const map = current();
    const share = (row: number, column: number): number => mean(map, state.heads, row, column);
    const other = focus?.side === 'rows' ? 'columns' : 'rows';
    for (const side of ['rows', 'columns'] as const) {
      const holder = byId(side);
      const answers = focus !== null && side === other;
      holder.classList.toggle('picked', answers);
      [...holder.children].forEach((item, at) => {
        const own = item.querySelector('button')!;
        own.setAttribute('aria-pressed', String(focus !== null && focus.side === side && focus.at === at));
        const pair: [number, number] = focus === null ? [0, 0] : side === 'columns' ? [focus.at, at] : [at, focus.at];
        const much = answers ? share(...pair) : 0;
        own.style.setProperty('--tint', much > 0 ? `color-mix(in srgb, var(--accent) ${Math.round(85 * much)}%, transparent)` : 'none');
        item.classList.toggle('seen', much >= 0.02);
        item.querySelector('.share')!.textContent = answers ? percent(much) : '';
        item.querySelector('.cells')!.replaceChildren(
          ...(answers && state.heads.size > 1 && state.heads.size <= 8 ? [...state.heads].sort((a, b) => a - b) : []).map((head) => {
            const cell = element('i');
            cell.style.setProperty('--own', color(head, map.heads));
            cell.style.setProperty('--much', String(Math.max(0.06, weight(map, head, ...pair))));
            return cell;
          }),
        );
      });
    }
    draw.lines(byId('lines'), map, state.heads, focus);
    grid = draw.matrix(byId('matrix'), map, state.heads, focus);
    byId('matrix-title').textContent =
      `${state.heads.size === 1 ? 'One head' : `Mean of ${state.heads.size} heads`}; strongest: ${percent(grid.most)}`;
    caption(map, focus, share);
  };

  const caption = (map: Map, focus: Focus | null, share: (row: number, column: number) => number): void => {
    const holder = byId('caption');
    if (focus === null) {
      holder.textContent = 'Point at a label to see where it looks, or who looks at it. A click keeps it.';
      return;
    }
    const labels = focus.side === 'rows' ? map.columns : map.rows;
    const best = labels
      .map((label, at) => ({ label, much: focus.side === 'rows' ? share(focus.at, at) : share(at, focus.at) }))
      .sort((a, b) => b.much - a.much)
      .slice(0, 6)
      .filter(({ much }) => much >= 0.01);
    const own = element('b', '', shown(map[focus.side][focus.at]!));
    const { verb } = data.groups[state.group]!;
    const lead = focus.side === 'rows' ? [`${verb} `, own, ', attention is on \u2002'] : [own, ' has attention from \u2002'];
    holder.replaceChildren(
      ...lead,
      ...best.flatMap(({ label, much }) => [element('b', '', shown(label)), element('span', 'share', percent(much))]),
    );
  };

  const place = (event: PointerEvent): Focus | null => {
    const box = byId('matrix').getBoundingClientRect();
    const [row, column] = [
      Math.floor((event.clientY - box.top - grid.top) / grid.cell),
      Math.floor((event.clientX - box.left - grid.left) / grid.cell),
    ];
    const map = current();
    if (row >= map.rows.length || column >= map.columns.length || (row < 0 && column < 0)) return null;
    return row < 0 ? { side: 'columns', at: column } : { side: 'rows', at: row };
  };
  byId('matrix').addEventListener('pointermove', (event) => hover(place(event)));
  byId('matrix').addEventListener('pointerleave', () => hover(null));
  byId('matrix').addEventListener('click', (event) => pin(place(event as PointerEvent)));

  const turn = (): void => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    build();
  };
  byId('theme').addEventListener('click', turn);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', build);
  addEventListener('resize', () => paint());

  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const map = current();
    const layers = layersOf(state.group).length;
    const side = pinned?.side ?? 'rows';
    const move = (by: number): void => {
      hovered = null;
      const count = map[side].length;
      pinned = { side, at: ((pinned?.at ?? (by > 0 ? -1 : 0)) + by + count) % count };
      byId(side).children[pinned.at]!.scrollIntoView({ block: 'nearest' });
      paint();
    };
    const keys: Record<string, () => void> = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      ArrowRight: () => choose({ layer: (state.layer + 1) % layers }),
      ArrowLeft: () => choose({ layer: (state.layer + layers - 1) % layers }),
      Escape: () => {
        hovered = null;
        pinned = null;
        paint();
      },
      a: () => choose({ group: (state.group + 1) % data.groups.length }),
      d: turn,
      0: allHeads,
    };
    const act = keys[event.key] ?? (/^[1-9]$/.test(event.key) ? () => toggle(Number(event.key) - 1) : undefined);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  build();
};
