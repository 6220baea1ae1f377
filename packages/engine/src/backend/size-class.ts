/** The exponent of the largest power of two that is not above a whole number from 1 on. */
const exponentOf = (n: number): number => (n < 2 ** 32 ? 31 - Math.clz32(n) : 63 - Math.clz32(n / 2 ** 32));

/**
 * The size that a block for so many bytes has, a multiple of 64: eighths of a power of two, so that at most an eighth is lost and one block
 * serves many sizes.
 */
export const sizeClass = (bytes: number): number => {
  if (bytes <= 64) return 64;
  const step = Math.max(64, 2 ** (exponentOf(bytes - 1) - 3));
  return Math.ceil(bytes / step) * step;
};

/** The number, ascending with size, of the largest class that is not above so many bytes (64 at least). */
export const classNumber = (bytes: number): number => {
  const exponent = exponentOf(bytes);
  return 8 * exponent + Math.floor(8 * (bytes / 2 ** exponent - 1));
};
