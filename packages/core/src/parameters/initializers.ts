import type { Initializer } from '../contract/scope.js';
import type { Shape } from '../contract/sequence.js';
import type { Random } from '../random/random.js';

const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** Inputs and outputs of a weight [..., in, out]; leading sizes are a receptive field. A vector has itself on both sides. */
const fans = (shape: Shape): { readonly input: number; readonly output: number } => {
  const output = shape.at(-1) ?? 1;
  const input = shape.at(-2) ?? output;
  const field = sizeOf(shape) / (input * output) || 1;
  return shape.length < 2 ? { input: output, output } : { input: input * field, output: output * field };
};

const constant = (name: string, value: number): Initializer => ({ name, values: (shape) => new Float32Array(sizeOf(shape)).fill(value) });

const drawn = (name: string, draw: (random: Random, shape: Shape) => () => number): Initializer => ({
  name,
  values(shape, random) {
    const values = new Float32Array(sizeOf(shape));
    const next = draw(random, shape);
    for (let i = 0; i < values.length; i++) values[i] = next();
    return values;
  },
});

/** Standard deviation of a standard normal cut at two, by which a truncated normal is widened so that its own is the one asked for. */
const cutAtTwo = 0.87962566103423978;

/** Ways to fill a new parameter. Weights are [in, out]. */
export const initializers = {
  zeros: (): Initializer => constant('zeros', 0),
  ones: (): Initializer => constant('ones', 1),
  constant: (value: number): Initializer => constant(`constant(${value})`, value),
  /** Normal with mean 0. */
  normal: (std = 0.02): Initializer => drawn(`normal(${std})`, (random) => () => std * random.normal()),
  /** Even on [-limit, limit]. */
  uniform: (limit = 0.05): Initializer => drawn(`uniform(${limit})`, (random) => () => limit * (2 * random.uniform() - 1)),
  /** Normal, drawn again beyond two standard deviations; `std` is that of the result. */
  truncatedNormal: (std = 0.02): Initializer =>
    drawn(`truncated-normal(${std})`, (random) => () => {
      let x = random.normal();
      while (Math.abs(x) > 2) x = random.normal();
      return (std / cutAtTwo) * x;
    }),
  /** Glorot and Bengio 2010: even, with variance 2 / (in + out). */
  xavierUniform: (gain = 1): Initializer =>
    drawn('xavier-uniform', (random, shape) => {
      const { input, output } = fans(shape);
      const limit = gain * Math.sqrt(6 / (input + output));
      return () => limit * (2 * random.uniform() - 1);
    }),
  /** Glorot and Bengio 2010: normal, with variance 2 / (in + out). */
  xavierNormal: (gain = 1): Initializer =>
    drawn('xavier-normal', (random, shape) => {
      const { input, output } = fans(shape);
      const std = gain * Math.sqrt(2 / (input + output));
      return () => std * random.normal();
    }),
  /** Normal with variance factor^2 / in: what T5 uses (Raffel et al. 2020; mesh-tensorflow's scaled dot products). */
  fanIn: (factor = 1): Initializer =>
    drawn('fan-in', (random, shape) => {
      const std = factor / Math.sqrt(fans(shape).input);
      return () => std * random.normal();
    }),
} as const;
