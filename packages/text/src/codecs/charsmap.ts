/** SentencePiece's normalisation table, a `precompiled_charsmap`: what each short sequence of bytes is replaced by. */
export type Charsmap = (text: string) => string | undefined;

/** A unit of the table's double-array trie (Darts-clone). */
const labelOf = (unit: number): number => unit & 0x8000_00ff;
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
const hasLeaf = (unit: number): boolean => (unit & 0x100) !== 0;

/**
 * Reads a table in base64: the trie's size in bytes, the trie, and the replacements one after another, each ended by a zero byte. A text's
 * replacement is that of its shortest beginning that has one, as in the native tokenizers.
 */
export const charsmapOf = (base64: string): Charsmap => {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  const trie = Uint32Array.from({ length: Math.floor(size / 4) }, (_, i) => view.getUint32(4 + 4 * i, true));
  const replacements = bytes.subarray(4 + size);
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (text) => {
    let at = offsetOf(trie[0]!);
    for (const byte of encoder.encode(text)) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = trie[at] ?? 0;
      if (labelOf(unit) !== byte) return undefined;
      at ^= offsetOf(unit);
      if (!hasLeaf(unit)) continue;
      const start = trie[at]! & 0x7fff_ffff;
      return decoder.decode(replacements.subarray(start, replacements.indexOf(0, start)));
    }
    return undefined;
  };
};
