import { AnyformerError, addInPlace, allFinite, tf, valueAndGradients } from '@anyformer/engine';
import type { Pass } from '../contract/sequence.js';
import type { Task, TaskModel } from '../contract/task.js';

/** Gradients by parameter path. */
export type Gradients = Map<string, tf.Tensor>;

/** The gradient of one task's mean loss over some examples. */
export interface TaskGradient {
  readonly gradients: Gradients;
  /** What these have to be multiplied by: they are of the sum over positions or examples. */
  readonly scale: number;
  /** Mean loss. */
  readonly loss: number;
}

/**
 * The gradient of the mean loss over several micro-batches, exactly as over one: sums are differentiated and added, and divided by the
 * whole weight once (`scale`). Frees the micro-batches' tensors.
 */
export const taskGradient = async (
  task: Task,
  model: TaskModel,
  microBatches: readonly (readonly unknown[])[],
  passes: readonly Pass[],
  variables: ReadonlyMap<string, tf.Variable>,
): Promise<TaskGradient> => {
  const paths = new Map([...variables].map(([path, variable]) => [variable, path]));
  const total: Gradients = new Map();
  let sum = 0;
  let weight = 0;
  for (const [i, examples] of microBatches.entries()) {
    const batch = tf.tidy(() => task.collate(examples));
    const { value, gradients } = valueAndGradients(() => {
      const { sum: loss, weight: count } = model.loss(batch, passes[i]!);
      return { loss, count };
    }, [...variables.values()]);
    tf.dispose(Object.values(batch));
    for (const [variable, gradient] of gradients) {
      const path = paths.get(variable)!;
      const held = total.get(path);
      if (held === undefined) total.set(path, gradient);
      else {
        addInPlace(held, gradient);
        gradient.dispose();
      }
    }
    const [lossSum, lossWeight] = await Promise.all([value.loss.data(), value.count.data()]);
    tf.dispose([value.loss, value.count]);
    sum += lossSum[0]!;
    weight += lossWeight[0]!;
  }
  return { gradients: total, scale: weight > 0 ? 1 / weight : 1, loss: sum / weight };
};

/** What {@link notFinite} is told. */
export interface Diverged {
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly gradients: Gradients;
  /** Step of the last checkpoint, if there is one. */
  readonly saved: number | undefined;
}

/** The error for a loss or gradient that is not a number: names the step and the parameter groups it was found in. */
export const notFinite = async ({ step, losses, gradients, saved }: Diverged): Promise<AnyformerError> => {
  const groups = new Set<string>();
  for (const [path, gradient] of gradients) if (!(await allFinite([gradient]))) groups.add(path.split('/').slice(0, 3).join('/'));
  const odd = Object.entries(losses).filter(([, loss]) => !Number.isFinite(loss));
  return new AnyformerError({
    code: 'train/not-finite',
    who: `Step ${step}`,
    given: [
      ...odd.map(([task, loss]) => `the loss of '${task}' is ${loss}`),
      groups.size > 0 ? `gradients are not finite in ${[...groups].slice(0, 6).join(', ')}${groups.size > 6 ? ', …' : ''}` : '',
    ]
      .filter((part) => part !== '')
      .join('; '),
    fix: `${saved === undefined ? 'There is no checkpoint yet.' : `The checkpoint of step ${saved} is untouched.`} Lower the rate, clip the gradient, lengthen the warm-up, or look at the data of this step.`,
  });
};
