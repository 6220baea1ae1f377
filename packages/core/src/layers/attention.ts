import { AnyformerError, attention, attentionWeights, tf, threeLinears } from '@anyformer/engine';
import type { Pass } from '../contract/sequence.js';
import { seedOf } from '../random/seed.js';
import { dense } from './dense.js';
import type { Norm } from './norm.js';
import type { Site } from './site.js';

/** Keys and values with g heads: [b, s, g * d] and [b, s, g * e]. */
export interface KeysAndValues {
  readonly key: tf.Tensor3D;
  readonly value: tf.Tensor3D;
}

/** Turns queries or keys by their positions: [b, l, heads * d] -> [b, l, heads * d]. */
export type Rotation = (x: tf.Tensor3D, heads: number) => tf.Tensor3D;

/** What queries look at, and what they may see of it. */
export interface View extends KeysAndValues {
  /** [b, s] bool; without one every key is real. */
  readonly mask?: tf.Tensor2D | undefined;
  /** [1 | b, 1 | h, l, s], added to the logits. */
  readonly bias?: tf.Tensor4D | undefined;
  /** A query sees no key behind its own position, which is `offset` for the first query. */
  readonly causal?: boolean;
  readonly offset?: number;
  /** Keys that count, where `key` and `value` have room for more. */
  readonly keyLength?: number;
}

/** An attention layer with its parameters. */
export interface AttentionLayer {
  /** Widths of cached keys and values: g * d, g * e. */
  readonly keyWidth: number;
  readonly valueWidth: number;
  /** What is remembered of a sequence: [b, s, w] -> keys and values. */
  remember(x: tf.Tensor, rotation?: Rotation): KeysAndValues;
  /** What asks: [b, l, w] -> queries [b, l, h * d]. */
  ask(x: tf.Tensor, rotation?: Rotation): tf.Tensor3D;
  /** Both of the same sequence, in one go. */
  project(x: tf.Tensor, rotation?: Rotation): KeysAndValues & { readonly query: tf.Tensor3D };
  /** Queries [b, l, h * d] look at a view -> [b, l, w] */
  attend(query: tf.Tensor3D, view: View, pass: Pass): tf.Tensor;
  /** The same added to a residual, in one go: for passes that neither train nor record. Without it the sum is made apart. */
  attendOnto?(residual: tf.Tensor, query: tf.Tensor3D, view: View, pass: Pass): tf.Tensor;
}

/** How positions look at each other. A value; `build` makes its parameters for the given model width. */
export interface Attention {
  readonly heads: number;
  /** Width `d` of one head's queries and keys in a model of width w. */
  headWidth(w: number): number;
  build(site: Site): AttentionLayer;
}

/** What {@link multiHead} takes. */
export interface MultiHeadOptions {
  readonly heads: number;
  /** Heads of keys and values, a divisor of `heads`: fewer are shared by groups (Ainslie et al. 2023), 1 by all (Shazeer 2019). */
  readonly keyValueHeads?: number;
  /** Width of a head's queries and keys; w / heads unless said. */
  readonly headWidth?: number;
  /** Width of a head's values; as the keys unless said. */
  readonly valueWidth?: number;
  /** All four projections, or by name; yes unless said. */
  readonly biases?: boolean | Readonly<Partial<Record<'query' | 'key' | 'value' | 'output', boolean>>>;
  /** Norm of each head's queries and keys (Henry et al. 2020; Dehghani et al. 2023). */
  readonly qkNorm?: Norm;
  /** On the attention weights, in training. */
  readonly dropout?: number;
  /** Factor on the logits; 1 / sqrt(d) unless said. */
  readonly scale?: number;
}

/**
 * Scaled dot-product attention with many heads (Vaswani et al. 2017, section 3.2). Queries, keys, values and output have matrices of
 * their own, `query/weight` [w, h * d], `key/…` [w, g * d], `value/…` [w, g * e] and `output/…` [h * e, w]: an importer finds each by
 * name, and grouped heads, separate widths and cross-attention need no other form.
 */
export const multiHead = (options: MultiHeadOptions): Attention => {
  const { heads, keyValueHeads = heads, biases = true, dropout = 0 } = options;
  if (!Number.isInteger(heads / keyValueHeads))
    throw new AnyformerError({
      code: 'attention/key-value-heads',
      who: 'multiHead',
      given: `${keyValueHeads} key/value heads for ${heads} heads`,
      accepted: `a divisor of ${heads}`,
      exit: 2,
    });
  const headWidth = (w: number): number => {
    const d = options.headWidth ?? w / heads;
    if (Number.isInteger(d) && d > 0) return d;
    throw new AnyformerError({
      code: 'attention/heads',
      who: 'multiHead',
      given: `${heads} heads in a model of width ${w}`,
      accepted: 'a number of heads that divides the width',
      fix: 'Change heads or width, or give headWidth.',
      exit: 2,
    });
  };
  return { heads, headWidth, build: (site) => build(site, headWidth(site.scope.width)) };

  function build(site: Site, d: number): AttentionLayer {
    const { scope, path } = site;
    const w = scope.width;
    const e = options.valueWidth ?? d;
    const biased = (name: 'query' | 'key' | 'value' | 'output') => (typeof biases === 'boolean' ? biases : (biases[name] ?? true));
    const toQuery = dense(scope.child('query'), w, heads * d, { initializer: site.query(d), biases: biased('query') });
    const toKey = dense(scope.child('key'), w, keyValueHeads * d, { initializer: site.weight, biases: biased('key') });
    const toValue = dense(scope.child('value'), w, keyValueHeads * e, { initializer: site.weight, biases: biased('value') });
    const toOutput = dense(scope.child('output'), heads * e, w, { initializer: site.residual, biases: biased('output') });
    const queryNorm = options.qkNorm?.build(scope.child('query-norm'), d);
    const keyNorm = options.qkNorm?.build(scope.child('key-norm'), d);

    /** Norm and rotation of queries or keys: [b, l, count * d] -> [b, l, count * d]. */
    const prepare = (x: tf.Tensor, count: number, norm: typeof queryNorm, rotation: Rotation | undefined): tf.Tensor3D => {
      const [b, l] = x.shape as [number, number];
      const normed = norm === undefined ? x : tf.reshape(norm(tf.reshape(x, [b, l, count, d])), [b, l, count * d]);
      return rotation === undefined ? (normed as tf.Tensor3D) : rotation(normed as tf.Tensor3D, count);
    };

    /** Queries [b, l, h * d] look at a view -> [b, l, w], added to a residual where one is given. */
    const attend = (query: tf.Tensor3D, { key, value, ...seen }: View, pass: Pass, residual?: tf.Tensor): tf.Tensor => {
      const given = { query, key, heads, keyValueHeads, scale: options.scale, ...seen };
      const rate = pass.training ? dropout : 0;
      const mixed = attention({
        ...given,
        value,
        dropout: rate > 0 ? { rate, seed: seedOf(pass.seed, 'dropout', scope.path, 'weights') } : undefined,
      }); // [b, l, h * e]
      const output = toOutput(mixed, residual); // [b, l, w]
      if (pass.record !== undefined) {
        pass.record(path, () => attentionWeights(given)); // [b, h, l, s]
        pass.record(`${path}/query`, () => query);
        pass.record(`${path}/key`, () => key);
        pass.record(`${path}/value`, () => value);
        pass.record(`${path}/mixed`, () => mixed);
        pass.record(`${path}/output`, () => output);
      }
      return output;
    };

    return {
      keyWidth: keyValueHeads * d,
      valueWidth: keyValueHeads * e,
      remember: (x, rotation) => ({
        key: prepare(toKey(x), keyValueHeads, keyNorm, rotation), // [b, s, g * d]
        value: toValue(x) as tf.Tensor3D, // [b, s, g * e]
      }),
      ask: (x, rotation) => prepare(toQuery(x), heads, queryNorm, rotation), // [b, l, h * d]
      project(x, rotation) {
        const [query, key, value] = threeLinears(x, [toQuery, toKey, toValue]);
        return {
          query: prepare(query, heads, queryNorm, rotation), // [b, l, h * d]
          key: prepare(key, keyValueHeads, keyNorm, rotation), // [b, l, g * d]
          value: value as tf.Tensor3D, // [b, l, g * e]
        };
      },
      attend: (query, view, pass) => attend(query, view, pass),
      attendOnto: (residual, query, view, pass) => attend(query, view, pass, residual),
    };
  }
};
