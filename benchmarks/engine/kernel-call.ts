type Given = readonly number[];

/** Which kernels are products, how they are labelled and how much they compute. */
interface Product {
  label(given: Given): string;
  operations(given: Given): number;
}

const letter = (flag: number | undefined): string => (flag ? 'T' : 'N');
const fused = (bias?: number, activation?: number): string => `${bias ? ' +bias' : ''}${activation ? ` +activation ${activation}` : ''}`;

const attention = (perPair: (d: number, e: number) => number): Product => ({
  // In decoding the keys are one more at each step.
  label: ([b, l, s, , h, , d]) => `b${b} ${l}x${l === 1 ? 's' : s} h${h} d${d}`,
  operations(given) {
    const [b, l, s, , h, , d, e, causal] = given as number[] as [number, number, number, number, number, number, number, number, number];
    return 2 * b * h * l * (causal && l > 1 ? (s + 1) / 2 : s) * perPair(d, e);
  },
});

const products: Readonly<Record<string, Product>> = {
  matmul: {
    label: ([a, b, rows, columns, depth, , , , bias, activation, add]) =>
      `${letter(a)}${letter(b)} ${rows}x${columns}x${depth}${fused(bias, activation)}${add ? ' +=' : ''}`,
    operations: ([, , rows, columns, depth]) => 2 * rows! * columns! * depth!,
  },
  matmul_packed: {
    label: ([rows, columns, depth, , , , bias, activation]) => `${rows}x${columns}x${depth}${fused(bias, activation)}`,
    operations: ([rows, columns, depth]) => 2 * rows! * columns! * depth!,
  },
  matmul_packed_3: {
    label: ([rows, depth, , first, , , bias, second, , , , third]) => `${rows}x${first}+${second}+${third}x${depth}${fused(bias)}`,
    operations: ([rows, depth, , first, , , , second, , , , third]) => 2 * rows! * depth! * (first! + second! + third!),
  },
  matmul_batch: {
    label: ([batch, a, b, rows, columns, depth]) => `${batch} x ${letter(a)}${letter(b)} ${rows}x${columns}x${depth}`,
    operations: ([batch, , , rows, columns, depth]) => 2 * batch! * rows! * columns! * depth!,
  },
  attention_forward: attention((d, e) => d + e),
  attention_backward: attention((d, e) => 3 * d + 2 * e),
};

/** What a call is counted under: products by their sizes, as they are tuned by them. */
export const callLabel = (name: string, given: Given): string => {
  const product = products[name];
  return product ? `${name} ${product.label(given)}` : name;
};

/** Floating-point operations of a call of a product; 0 where the sizes do not say. */
export const callOperations = (name: string, given: Given): number => products[name]?.operations(given) ?? 0;
