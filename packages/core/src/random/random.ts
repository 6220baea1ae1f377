/** A stream of random numbers. Whoever draws is handed one; nothing draws from a global. */
export interface Random {
  /** In [0, 1), 53 random bits. */
  uniform(): number;
  /** 0 … n - 1, unbiased. */
  integer(n: number): number;
  /** Standard normal. */
  normal(): number;
}
