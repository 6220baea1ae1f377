/** What a call is counted under: products by their sizes, as they are tuned by them. */
export const callLabel = (name: string, given: readonly number[]): string => {
  const letter = (flag: number | undefined): string => (flag ? 'T' : 'N');
  if (name === 'matmul') {
    const [a, b, rows, columns, depth, , , , bias, relu, add] = given;
    return `matmul ${letter(a)}${letter(b)} ${rows}x${columns}x${depth}${bias ? ' +bias' : ''}${relu ? ' +relu' : ''}${add ? ' +=' : ''}`;
  }
  if (name === 'matmul_batch') {
    const [batch, a, b, rows, columns, depth] = given;
    return `matmul_batch ${batch} x ${letter(a)}${letter(b)} ${rows}x${columns}x${depth}`;
  }
  if (/^attention_(forward|backward)$/.test(name)) {
    const [b, l, s, , h, , d] = given;
    // In decoding the keys are one more at each step.
    return `${name} b${b} ${l}x${l === 1 ? 's' : s} h${h} d${d}`;
  }
  return name;
};

/** Floating-point operations of a call of a product; 0 where the sizes do not say. */
export const callOperations = (name: string, given: readonly number[]): number => {
  if (name === 'matmul') return 2 * given[2]! * given[3]! * given[4]!;
  if (name === 'matmul_batch') return 2 * given[0]! * given[3]! * given[4]! * given[5]!;
  if (!/^attention_(forward|backward)$/.test(name)) return 0;
  const [b, l, s, , h, , d, e, causal] = given as [number, number, number, number, number, number, number, number, number];
  const seen = causal && l > 1 ? (s + 1) / 2 : s;
  return 2 * b * h * l * seen * (name === 'attention_forward' ? d + e : 3 * d + 2 * e);
};
