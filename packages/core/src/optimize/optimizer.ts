import { AnyformerError, tf } from '@anyformer/engine';
import type { Shape } from '../contract/sequence.js';
import { glob } from '../parameters/glob.js';
import { type UnreadValues, unread } from '../parameters/unread-values.js';
import type { Rule } from './rule.js';

/** Which parameters decay, and by how much. */
export interface DecayOptions {
  /** 0 unless said. */
  readonly decay?: number | undefined;
  /** Globs of parameters that do not decay; besides them, everything with fewer than two dimensions. */
  readonly noDecay?: readonly string[] | undefined;
}

/** One parameter's slots and how often it was updated. */
interface Held {
  step: number;
  readonly slots: Readonly<Record<string, tf.Variable>>;
}

/** Values of a slot on the host, under `<parameter path>#<slot>`. */
export interface SlotValues {
  readonly shape: Shape;
  readonly values: Float32Array;
}

let made = 0;

/**
 * A rule with its memory, by parameter path. A parameter without a gradient is left alone: no decay, no moment, and its own count of steps
 * stands still, so that tasks that come and go do not disturb each other.
 */
export class Optimizer {
  readonly rule: Rule;
  readonly #decay: number;
  readonly #noDecay: readonly ((path: string) => boolean)[];
  readonly #held = new Map<string, Held>();
  readonly #prefix = `anyformer-optimizer${++made}:`;

  constructor(rule: Rule, { decay = 0, noDecay = [] }: DecayOptions = {}) {
    this.rule = rule;
    this.#decay = decay;
    this.#noDecay = noDecay.map(glob);
  }

  /** Weight decay of a parameter. */
  decayOf(path: string, shape: Shape): number {
    return shape.length < 2 || this.#noDecay.some((matches) => matches(path)) ? 0 : this.#decay;
  }

  /** Updates one parameter in place, by `scale` times the gradient, which may be overwritten. */
  update(path: string, parameter: tf.Variable, gradient: tf.Tensor, rate: number, scale = 1): void {
    const held = this.#hold(path, parameter.shape);
    held.step += 1;
    const decay = this.decayOf(path, parameter.shape);
    this.rule.update({ parameter, gradient, scale, slots: held.slots, step: held.step, rate, decay });
  }

  /** Makes the slots of these parameters now, so that later steps make no tensors. */
  prepare(parameters: ReadonlyMap<string, tf.Variable>): void {
    for (const [path, { shape }] of parameters) this.#hold(path, shape);
  }

  #hold(path: string, shape: Shape): Held {
    const known = this.#held.get(path);
    if (known) return known;
    const slots = Object.fromEntries(
      Object.entries(this.rule.slots(shape)).map(([name, size]) => [
        name,
        tf.tidy(() => tf.variable(tf.zeros([...size]), false, `${this.#prefix}${path}#${name}`)),
      ]),
    );
    const held = { step: 0, slots };
    this.#held.set(path, held);
    return held;
  }

  /** Every slot under `<parameter path>#<slot>`, to be read one at a time. */
  unread(): Map<string, UnreadValues> {
    return unread(
      [...this.#held].flatMap(([path, { slots }]) => Object.entries(slots).map(([name, slot]) => [`${path}#${name}`, slot] as const)),
    );
  }

  /** Updates so far by parameter path. */
  get steps(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#held].map(([path, { step }]) => [path, step]));
  }

  /** Takes over what was read of {@link unread}, and {@link steps}. */
  restore(
    parameters: ReadonlyMap<string, tf.Variable>,
    values: ReadonlyMap<string, SlotValues>,
    steps: Readonly<Record<string, number>>,
  ): void {
    for (const [path, parameter] of parameters) {
      const held = this.#hold(path, parameter.shape);
      held.step = steps[path] ?? 0;
      for (const [name, slot] of Object.entries(held.slots)) {
        // Taken once: it may be read from a file.
        const stored = values.get(`${path}#${name}`)?.values;
        if (stored?.length !== slot.size)
          throw new AnyformerError({
            code: 'optimizer/state',
            who: `Optimizer '${this.rule.name}'`,
            given: `a stored state ${stored ? `of another size for '${path}#${name}'` : `without '${path}#${name}'`}`,
            accepted: 'the state of the same optimizer over the same parameters',
            fix: 'Resume with the optimizer of the stored config, or start a new run.',
            exit: 2,
          });
        tf.tidy(() => slot.assign(tf.tensor(stored, slot.shape, 'float32')));
      }
    }
  }

  /** Frees the slots. */
  dispose(): void {
    for (const { slots } of this.#held.values()) tf.dispose(Object.values(slots));
    this.#held.clear();
  }
}
