/**
 * Changes log-probabilities before the next id is chosen: `values` [v] in place, minus infinity for what must not come, `written` the ids
 * so far without the start. `values[id] + shift` is what counts as the logit, `shift` 0 unless said. Composable: a list is applied in
 * order. A beam's proof that it may stop holds for processors that leave log-probabilities at most 0.
 */
export type Processor = (values: Float64Array, written: readonly number[], shift?: number) => void;

const never = Number.NEGATIVE_INFINITY;

/**
 * Makes ids that were written less likely (Keskar et al. 2019): logits below 0 times the penalty, others over it. In greedy decoding and
 * sampling these are the model's logits; in a beam log-probabilities, so that sums stay comparable (both as in the transformers library).
 */
export const repetitionPenalty = (penalty: number): Processor => {
  const seen = new Set<number>();
  return (values, written, shift = 0) => {
    seen.clear();
    for (const id of written) {
      if (seen.has(id)) continue;
      seen.add(id);
      const logit = values[id]! + shift;
      values[id] = (logit < 0 ? logit * penalty : logit / penalty) - shift;
    }
  };
};

/** No run of `size` ids is written twice (Paulus et al. 2018). */
export const noRepeat =
  (size: number): Processor =>
  (values, written) => {
    const start = written.length - size + 1;
    if (start < 0) return;
    for (let at = 0; at + size <= written.length; at++) {
      let same = true;
      for (let i = 0; same && i < size - 1; i++) same = written[at + i] === written[start + i];
      if (same) values[written[at + size - 1]!] = never;
    }
  };

/** No end before so many ids are written. */
export const minLength =
  (length: number, ends: readonly number[]): Processor =>
  (values, written) => {
    if (written.length < length) for (const id of ends) values[id] = never;
  };

/** These sequences are never completed; a sequence of one id forbids the id. */
export const suppress =
  (sequences: readonly (readonly number[])[]): Processor =>
  (values, written) => {
    for (const sequence of sequences) {
      const before = sequence.length - 1;
      if (before > written.length) continue;
      let same = true;
      for (let i = 0; same && i < before; i++) same = written[written.length - before + i] === sequence[i];
      if (same) values[sequence[before]!] = never;
    }
  };

/**
 * The ids begin like this, whatever other processors say; what follows is free. What is forced was not chosen and costs nothing, so that
 * sequences compete by what they add, while their length is that of the whole (as in CTranslate2).
 */
export const forcePrefix =
  (prefix: readonly number[]): Processor =>
  (values, written) => {
    const forced = prefix[written.length];
    if (forced === undefined) return;
    values.fill(never);
    values[forced] = 0;
  };

/** Where only one more fits, it is the end, which then costs nothing (as the transformers library does for BART and Marian). */
export const forceEnd =
  (longest: number, end: number): Processor =>
  (values, written) => {
    if (written.length !== longest - 1) return;
    values.fill(never);
    values[end] = 0;
  };
