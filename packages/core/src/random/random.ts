/** A stream of random numbers. Whoever draws is handed one; nothing draws from a global. */
export interface Random {
  /** In [0, 1), 53 random bits. */
  uniform(): number;
  /** 0 … n - 1, unbiased. */
  integer(n: number): number;
  /** Standard normal. */
  normal(): number;
}

/** Shuffles in place (Fisher-Yates) and returns the same array. */
export const shuffle = <T extends { length: number; [i: number]: any }>(array: T, random: Random): T => {
  for (let i = array.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = array[i];
    array[i] = array[j];
    array[j] = held;
  }
  return array;
};
