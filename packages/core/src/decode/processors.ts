/**
 * Changes log-probabilities before the next id is chosen: `values` [v] in place, minus infinity for what must not come, `written` the ids
 * so far without the start. `values[id] + shift` is what counts as the logit, `shift` 0 unless said. Composable: a list is applied in
 * order. A beam's proof that it may stop holds for processors that leave log-probabilities at most 0.
 */
export interface Processor {
  (values: Float64Array, written: readonly number[], shift?: number): void;
  /**
   * Whether it leaves an id as it is after these and makes no other one likelier: then the likeliest id stays the likeliest, and need not
   * be looked for among all. Unless given, it may do anything.
   */
  leaves?(written: readonly number[], id: number): boolean;
}

const never = Number.NEGATIVE_INFINITY;

/** Forbids the ids that `each` names. */
const forbid = (each: (written: readonly number[], name: (id: number) => void) => void): Processor =>
  Object.assign(
    (values: Float64Array, written: readonly number[]) =>
      each(written, (id) => {
        values[id] = never;
      }),
    {
      leaves(written: readonly number[], id: number) {
        let named = false;
        each(written, (other) => {
          named ||= other === id;
        });
        return !named;
      },
    },
  );

/** Where `forced` says an id, it is that one, at no cost. */
const force = (forced: (written: readonly number[]) => number | undefined): Processor =>
  Object.assign(
    (values: Float64Array, written: readonly number[]) => {
      const id = forced(written);
      if (id === undefined) return;
      values.fill(never);
      values[id] = 0;
    },
    { leaves: (written: readonly number[]) => forced(written) === undefined },
  );

/**
 * Makes ids that were written less likely (Keskar et al. 2019): logits below 0 times the penalty, others over it. In greedy decoding and
 * sampling these are the model's logits; in a beam log-probabilities, so that sums stay comparable (both as in the transformers library).
 */
export const repetitionPenalty = (penalty: number): Processor => {
  const seen = new Set<number>();
  return Object.assign(
    (values: Float64Array, written: readonly number[], shift = 0) => {
      seen.clear();
      for (const id of written) {
        if (seen.has(id)) continue;
        seen.add(id);
        const logit = values[id]! + shift;
        values[id] = (logit < 0 ? logit * penalty : logit / penalty) - shift;
      }
    },
    { leaves: (written: readonly number[], id: number) => penalty >= 1 && !written.includes(id) },
  );
};

/** No run of `size` ids is written twice (Paulus et al. 2018). */
export const noRepeat = (size: number): Processor =>
  forbid((written, name) => {
    const start = written.length - size + 1;
    if (start < 0) return;
    for (let at = 0; at + size <= written.length; at++) {
      let same = true;
      for (let i = 0; same && i < size - 1; i++) same = written[at + i] === written[start + i];
      if (same) name(written[at + size - 1]!);
    }
  });

/** No end before so many ids are written. */
export const minLength = (length: number, ends: readonly number[]): Processor =>
  forbid((written, name) => {
    if (written.length < length) ends.forEach(name);
  });

/** These sequences are never completed; a sequence of one id forbids the id. */
export const suppress = (sequences: readonly (readonly number[])[]): Processor =>
  forbid((written, name) => {
    for (const sequence of sequences) {
      const before = sequence.length - 1;
      if (before > written.length) continue;
      let same = true;
      for (let i = 0; same && i < before; i++) same = written[written.length - before + i] === sequence[i];
      if (same) name(sequence[before]!);
    }
  });

/**
 * The ids begin like this, whatever other processors say; what follows is free. What is forced was not chosen and costs nothing, so that
 * sequences compete by what they add, while their length is that of the whole (as in CTranslate2).
 */
export const forcePrefix = (prefix: readonly number[]): Processor => force((written) => prefix[written.length]);

/** Where only one more fits, it is the end, which then costs nothing (as the transformers library does for BART and Marian). */
export const forceEnd = (longest: number, end: number): Processor => force((written) => (written.length === longest - 1 ? end : undefined));
