/** One number about many observations, gathered on the host. */
export interface Metric<Observation> {
  /** Key in results: lower case with hyphens, such as `accuracy`. */
  readonly name: string;
  readonly better: 'higher' | 'lower';
  add(observation: Observation): void;
  result(): number;
  /** More to report under the metric's name, such as a signature. */
  details?(): Readonly<Record<string, unknown>>;
}
