import { AnyformerError, tensorCount } from '@anyformer/engine';

/** Asserts that a step leaves as many tensors as the one before, and names the phase that grew. */
export class TensorBudget {
  #settled: number | undefined;
  #usual = new Map<string, number>();
  #phases = new Map<string, number>();
  #last = tensorCount();

  /** Ends a phase: what has come or gone since the last call is put to its account. */
  phase(name: string): void {
    const count = tensorCount();
    this.#phases.set(name, (this.#phases.get(name) ?? 0) + count - this.#last);
    this.#last = count;
  }

  /** Ends a step. The first two of a process may still make what stays: caches, tables. */
  close(step: number, settling: boolean): void {
    const count = tensorCount();
    const phases = this.#phases;
    this.#phases = new Map();
    this.#last = count;
    if (this.#settled === undefined || settling) {
      this.#settled = count;
      this.#usual = phases;
      return;
    }
    if (count === this.#settled) return;
    const grown = [...phases]
      .map(([name, delta]) => ({ name, more: delta - (this.#usual.get(name) ?? 0) }))
      .filter(({ more }) => more > 0)
      .map(({ name, more }) => `'${name}' (+${more})`);
    throw new AnyformerError({
      code: 'train/leak',
      who: `Step ${step}`,
      given: `${count} tensors in place of ${this.#settled}; grown in ${grown.join(', ') || 'no single phase'}`,
      accepted: 'the same number after each step',
      fix: 'Look for a tensor that is kept or made outside tidy in that phase.',
    });
  }
}
