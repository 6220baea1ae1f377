import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** A place in a config file; `whole` where all of the path is written there, else it is the section in which the rest is missing. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly whole: boolean;
}

/** Where a path is written: its key, or in a list the item. */
export const placeOf = (document: Document, lines: LineCounter, path: readonly (string | number)[]): Place => {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  let whole = true;
  for (const part of path) {
    const held = isAlias(node) ? node.resolve(document) : node;
    let key: Node | undefined;
    let value: unknown;
    if (isMap(held)) {
      const pair = held.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair && isNode(pair.key)) [key, value] = [pair.key, pair.value];
    } else if (isSeq(held) && isNode(held.items[Number(part)])) {
      value = held.items[Number(part)];
      key = value as Node;
    }
    if (!key) {
      whole = false;
      break;
    }
    offset = key.range?.[0] ?? offset;
    node = value;
  }
  const { line, col } = lines.linePos(offset);
  return { line, column: col, whole };
};
