/**
 * The size that a block for so many bytes has: eighths of a power of two, so that at most an eighth is lost and one block serves many
 * sizes. Multiples of 64.
 */
export const sizeClass = (bytes: number): number => {
  if (bytes <= 64) return 64;
  const step = stepOf(bytes);
  return Math.ceil(bytes / step) * step;
};

/** The largest size class of at most so many bytes. */
export const classWithin = (bytes: number): number => {
  if (bytes <= 64) return bytes;
  const step = stepOf(bytes);
  return Math.floor(bytes / step) * step;
};

/** An eighth of the power of two below. */
const stepOf = (bytes: number): number => Math.max(64, 2 ** (28 - Math.clz32(bytes - 1)));
