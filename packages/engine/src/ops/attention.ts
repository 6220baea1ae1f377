import { type KernelBackend, kernelBackend } from '../backend/kernel-backend.js';
import { record, recording } from '../tape/record.js';
import * as tf from '../tf.js';
import { referenceAttention, referenceAttentionWeights } from './attention-reference.js';
import { type AttentionArguments, type AttentionShape, attentionShape } from './attention-shape.js';
import { dropoutKeys, dropoutThreshold, requireRate } from './dropout.js';

export type { AttentionArguments } from './attention-shape.js';

/**
 * Scaled dot-product attention of many heads (Vaswani et al. 2017, section 3.2), without a transpose in or out.
 * `query` [b, l, h*d], `key` [b, s, g*d], `value` [b, s, g*e] -> [b, l, h*e], where g is `keyValueHeads`: query head i looks at
 * key/value head `floor(i / (h/g))`. A row with nothing to look at gives zeros and has zero gradient.
 */
export function attention(given: AttentionArguments): tf.Tensor3D {
  const shape = attentionShape(given);
  if (given.dropout) requireRate(given.dropout.rate);
  const backend = kernelBackend('attention');
  return backend && !given.softcap ? fusedAttention(backend, given, shape) : referenceAttention(given, shape);
}

/** The probabilities that {@link attention} would use (dropout is not applied): [b, h, l, s]. For looking at, without gradient. */
export function attentionWeights(given: Omit<AttentionArguments, 'value'>): tf.Tensor4D {
  const shape: AttentionShape = attentionShape({ ...given, value: given.key });
  return tf.tidy(() => referenceAttentionWeights({ ...given, dropout: undefined }, shape));
}

/** What the kernel is told besides the tensors' addresses: the same in both passes. */
interface KernelArguments {
  sizes: number[];
  biasSteps: [number, number];
  dropout: number[];
}

function fusedAttention(backend: KernelBackend, given: AttentionArguments, shape: AttentionShape): tf.Tensor3D {
  const { query, key, value, bias } = given;
  const { b, l, heads, e } = shape;
  const mask = given.mask && (given.mask.dtype === 'bool' ? given.mask : tf.notEqual(given.mask, 0));
  const scratch = backend.call.attention_scratch(shape.s, shape.d, e, heads);
  backend.needScratch(scratch);
  const kernel = kernelArguments(given, shape);
  const isRecording = recording();
  const out = backend.tensor([b, l, heads * e]) as tf.Tensor3D; // [b, l, h*e]
  const rowSums = isRecording ? backend.tensor([b, heads, l, 2]) : undefined;
  const addresses = inputAddresses(backend, kernel, query, key, value, mask, bias);
  backend.call.attention_forward(...addresses, rowSums ? backend.floats(rowSums) : 0, backend.floats(out));
  if (rowSums) {
    record(backend, {
      name: 'Attention',
      inputs: { query, key, value, bias },
      output: out,
      save: [query, key, value, mask, bias, rowSums, out],
      gradient: (dout, [query, key, value, mask, bias, rowSums, out], needed) => {
        const dquery = backend.tensor(query.shape);
        const dkey = backend.tensor(key.shape);
        const dvalue = backend.tensor(value.shape);
        const dscores = bias && needed('bias') ? backend.tensor([b, heads, l, shape.s]) : undefined;
        backend.call.attention_backward(
          ...inputAddresses(backend, kernel, query, key, value, mask, bias),
          backend.floats(rowSums),
          backend.floats(out),
          backend.floats(dout),
          backend.floats(dquery),
          backend.floats(dkey),
          backend.floats(dvalue),
          dscores ? backend.floats(dscores) : 0,
        );
        return { query: () => dquery, key: () => dkey, value: () => dvalue, bias: () => summedTo(dscores!, bias!.shape) };
      },
    });
    rowSums.dispose();
  }
  if (mask !== given.mask) mask?.dispose();
  return out;
}

function kernelArguments(given: AttentionArguments, shape: AttentionShape): KernelArguments {
  const { b, l, s, capacity, heads, keyValueHeads, d, e, offset, scale } = shape;
  const [biasBatch, biasHeads] = given.bias?.shape ?? [1, 1];
  const rate = given.dropout?.rate ?? 0;
  return {
    sizes: [b, l, s, capacity, heads, keyValueHeads, d, e, given.causal ? 1 : 0, offset, scale],
    biasSteps: [biasBatch === 1 ? 0 : biasHeads! * l * s, biasHeads === 1 ? 0 : l * s],
    dropout: rate > 0 ? [...dropoutKeys(given.dropout!.seed), dropoutThreshold(rate), 1 / (1 - rate)] : [0, 0, 0, 1],
  };
}

function inputAddresses(
  backend: KernelBackend,
  kernel: KernelArguments,
  query: tf.Tensor,
  key: tf.Tensor,
  value: tf.Tensor,
  mask: tf.Tensor | undefined,
  bias: tf.Tensor | undefined,
): number[] {
  const maskAddress = mask ? backend.address(mask) : 0;
  const biasAddress = bias ? backend.floats(bias) : 0;
  const inputs = [backend.floats(query), backend.floats(key), backend.floats(value), maskAddress, biasAddress];
  return [...kernel.sizes, ...inputs, ...kernel.biasSteps, ...kernel.dropout];
}

/** The gradient of a broadcast bias: [b, h, l, s] summed over what was repeated. */
function summedTo(dscores: tf.Tensor, shape: number[]): tf.Tensor {
  const repeated = [0, 1].filter((axis) => shape[axis] === 1 && dscores.shape[axis] !== 1);
  return repeated.length === 0 ? dscores : tf.sum(dscores, repeated, true);
}
