import { kernelBackend } from '../backend/kernel-backend.js';
import { recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { linear } from './linear.js';

/** A weight [k, n] with its bias [n]. */
export interface LinearLayer {
  readonly weight: tf.Tensor;
  readonly bias?: tf.Tensor1D | undefined;
}

/**
 * Three {@link linear} layers of the same input, as the queries, keys and values of self-attention are: `x` [..., k] -> [..., n] of each. The
 * same numbers; in inference the products are shared out to the threads together.
 */
export function threeLinears(x: tf.Tensor, layers: readonly [LinearLayer, LinearLayer, LinearLayer]): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const each = ({ weight, bias }: LinearLayer): tf.Tensor => linear(x, weight, { bias });
  const backend = kernelBackend('linear');
  const k = x.shape[x.shape.length - 1]!;
  const fits = ({ weight, bias }: LinearLayer): boolean =>
    weight instanceof tf.Variable &&
    weight.dtype === 'float32' &&
    weight.shape.length === 2 &&
    weight.shape[0] === k &&
    k > 0 &&
    (!bias || bias.size === weight.shape[1]);
  if (!backend || recording() || !layers.every(fits)) return [each(layers[0]), each(layers[1]), each(layers[2])];
  const panels = layers.map(({ weight }) => backend.packedMatrix(weight, false));
  if (panels.includes(undefined)) return [each(layers[0]), each(layers[1]), each(layers[2])];
  const made = layers.map(({ weight }) => backend.tensor([...x.shape.slice(0, -1), weight.shape[1]!])); // [..., n]
  const products = layers.flatMap(({ weight, bias }, i) => [
    weight.shape[1]!,
    panels[i]!,
    backend.floats(made[i]!),
    bias ? backend.floats(bias) : 0,
  ]);
  backend.call.matmul_packed_3(x.size / k, k, backend.floats(x), ...products);
  return made as [tf.Tensor, tf.Tensor, tf.Tensor];
}
