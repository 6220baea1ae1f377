import { tf } from '@anyformer/engine';
import type { Gradients } from './gradients.js';

const shared = (gradients: Gradients): [string, tf.Tensor][] => [...gradients].filter(([path]) => path.startsWith('backbone/'));

/** Cosine between the gradients of each two tasks on the backbone: below 0 they pull against each other. */
export const gradientCosines = async (byTask: ReadonlyMap<string, Gradients>): Promise<Record<string, number>> => {
  const tasks = [...byTask];
  const dots = tf.tidy(() =>
    tasks.flatMap(([, one], i) =>
      tasks.slice(0, i + 1).map(([, other]) => {
        const products = shared(one).flatMap(([path, gradient]) => {
          const against = other.get(path);
          return against ? [tf.sum(tf.mul(gradient, against))] : [];
        });
        return products.length > 0 ? tf.addN(products) : tf.scalar(0);
      }),
    ),
  );
  const values = await Promise.all(dots.map(async (dot) => (await dot.data())[0]!));
  tf.dispose(dots);
  // The products stand row by row of a triangle: (0,0) (1,0) (1,1) (2,0) …
  const dot = (i: number, j: number): number => values[(i * (i + 1)) / 2 + j]!;
  const cosines: Record<string, number> = {};
  for (let i = 1; i < tasks.length; i++)
    for (let j = 0; j < i; j++) cosines[`${tasks[j]![0]}/${tasks[i]![0]}`] = dot(i, j) / Math.sqrt(dot(i, i) * dot(j, j));
  return cosines;
};
