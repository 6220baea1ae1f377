/** A label that is pointed at. */
export interface Focus {
  readonly side: 'rows' | 'columns';
  readonly at: number;
}

/** A map as it is drawn. */
export interface DrawnMap {
  readonly heads: number;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** [h, rows, columns], 255 for 1. */
  readonly bytes: Uint8Array;
}

/**
 * Pictures of the attention page, on canvas, since a map of all heads has thousands of lines. The source is written into the page, so it
 * names nothing from outside but the browser's own.
 */
export const attentionDrawing = () => {
  const weight = (map: DrawnMap, head: number, row: number, column: number): number =>
    map.bytes[(head * map.rows.length + row) * map.columns.length + column]! / 255;
  const mean = (map: DrawnMap, heads: ReadonlySet<number>, row: number, column: number): number => {
    let sum = 0;
    for (const head of heads) sum += weight(map, head, row, column);
    return sum / heads.size;
  };
  /** The largest mean; what is drawn strongest. */
  const largest = (map: DrawnMap, heads: ReadonlySet<number>): number => {
    let most = 1 / 255;
    for (let row = 0; row < map.rows.length; row++)
      for (let column = 0; column < map.columns.length; column++) most = Math.max(most, mean(map, heads, row, column));
    return most;
  };
  const color = (head: number, heads: number): string => `oklch(0.6 0.17 ${Math.round(266 + (360 * head) / heads) % 360})`;
  const shown = (label: string): string => (label.trim() === '' ? '\u2423' : label);
  /** A canvas of so many CSS pixels, sharp on any screen. */
  const sized = (canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D => {
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d')!;
    context.scale(scale, scale);
    return context;
  };
  /** A color of the style as a canvas can read it. */
  const ink = (name: string): string => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  /** A small picture of one head. */
  const thumbnail = (canvas: HTMLCanvasElement, map: DrawnMap, head: number, edge: number): void => {
    const context = sized(canvas, edge, edge);
    canvas.style.width = `${edge}px`;
    const [width, height] = [edge / map.columns.length, edge / map.rows.length];
    context.fillStyle = color(head, map.heads);
    const most = largest(map, new Set([head]));
    for (let row = 0; row < map.rows.length; row++)
      for (let column = 0; column < map.columns.length; column++) {
        context.globalAlpha = (weight(map, head, row, column) / most) ** 0.8;
        context.fillRect(column * width, row * height, width + 0.3, height + 0.3);
      }
  };

  /** Lines from rows to columns, a color for each head. */
  const lines = (canvas: HTMLCanvasElement, map: DrawnMap, heads: ReadonlySet<number>, focus: Focus | null): void => {
    const step = Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--row'));
    const width = canvas.clientWidth;
    const context = sized(canvas, width, step * Math.max(map.rows.length, map.columns.length));
    for (const head of heads) {
      context.strokeStyle = color(head, map.heads);
      for (let row = 0; row < map.rows.length; row++)
        for (let column = 0; column < map.columns.length; column++) {
          const much = weight(map, head, row, column);
          const wanted = focus === null || focus.at === (focus.side === 'rows' ? row : column);
          if (!wanted || much < (focus === null ? 0.06 : 0.015)) continue;
          context.globalAlpha = focus === null ? 0.5 * much : 0.15 + 0.85 * much;
          context.lineWidth = 0.8 + (focus === null ? 1.4 : 3) * much;
          const [from, to] = [(row + 0.5) * step, (column + 0.5) * step];
          context.beginPath();
          context.moveTo(0, from);
          context.bezierCurveTo(width * 0.45, from, width * 0.55, to, width, to);
          context.stroke();
        }
    }
  };

  /** Labels around the cells, where these are large enough. */
  const names = (context: CanvasRenderingContext2D, map: DrawnMap, focus: Focus | null, left: number, top: number, cell: number): void => {
    const [soft, strong] = [ink('--soft'), ink('--ink')];
    context.textBaseline = 'middle';
    map.rows.forEach((label, row) => {
      context.fillStyle = focus?.side === 'rows' && focus.at === row ? strong : soft;
      context.textAlign = 'right';
      context.fillText(shown(label), left - 5, top + (row + 0.5) * cell, 86);
    });
    map.columns.forEach((label, column) => {
      context.save();
      context.translate(left + (column + 0.5) * cell, top - 5);
      context.rotate(-Math.PI / 2);
      context.fillStyle = focus?.side === 'columns' && focus.at === column ? strong : soft;
      context.textAlign = 'left';
      context.fillText(shown(label), 0, 0, 86);
      context.restore();
    });
  };

  /** The mean of the heads as a map; says where its cells are. */
  const matrix = (
    canvas: HTMLCanvasElement,
    map: DrawnMap,
    heads: ReadonlySet<number>,
    focus: Focus | null,
  ): { cell: number; left: number; top: number; most: number } => {
    const [rows, columns] = [map.rows.length, map.columns.length];
    const cell = Math.max(4, Math.min(22, Math.floor(400 / Math.max(rows, columns))));
    const font = `${Math.min(12, cell - 1)}px system-ui, sans-serif`;
    const measure = canvas.getContext('2d')!;
    measure.font = font;
    const longest = (labels: readonly string[]): number =>
      Math.ceil(Math.min(90, Math.max(...labels.map((label) => measure.measureText(shown(label)).width))) + 8);
    const named = cell >= 11;
    const [left, top] = named ? [longest(map.rows), longest(map.columns)] : [1, 1];
    const width = left + columns * cell + 1;
    const context = sized(canvas, width, top + rows * cell + 1);
    canvas.style.width = `${width}px`;
    const most = largest(map, heads);
    context.fillStyle = heads.size === 1 ? color([...heads][0]!, map.heads) : ink('--accent');
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        context.globalAlpha = (mean(map, heads, row, column) / most) ** 0.8;
        context.fillRect(left + column * cell, top + row * cell, cell, cell);
      }
    context.globalAlpha = 1;
    context.strokeStyle = ink('--rule');
    context.strokeRect(left + 0.5, top + 0.5, columns * cell, rows * cell);
    context.font = font;
    if (named) names(context, map, focus, left, top, cell);
    context.strokeStyle = ink('--ink');
    context.lineWidth = 1.5;
    if (focus?.side === 'rows') context.strokeRect(left, top + focus.at * cell, columns * cell, cell);
    if (focus?.side === 'columns') context.strokeRect(left + focus.at * cell, top, cell, rows * cell);
    return { cell, left, top, most };
  };

  return { weight, mean, color, shown, thumbnail, lines, matrix };
};

/** What {@link attentionDrawing} makes. */
export type Drawing = ReturnType<typeof attentionDrawing>;
