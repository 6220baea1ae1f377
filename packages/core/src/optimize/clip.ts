import { scaleInPlace, squaredNorm, type tf } from '@anyformer/engine';

/** Norm of all gradients together: the root of the sum of squares, added up in the order given. */
export const globalNorm = async (gradients: Iterable<tf.Tensor>): Promise<number> => Math.sqrt(await squaredNorm(gradients));

/** What gradients of a norm are multiplied by so that it is at most `limit` (Pascanu et al. 2013; PyTorch's 1e-6). */
export const clipFactor = (norm: number, limit: number): number => Math.min(1, limit / (norm + 1e-6));

/** Scales gradients in place so that their global norm is at most `limit`. Returns the factor, see {@link clipFactor}. */
export const clipByNorm = (gradients: Iterable<tf.Tensor>, norm: number, limit: number): number => {
  const factor = clipFactor(norm, limit);
  if (factor < 1) for (const gradient of gradients) scaleInPlace(gradient, factor);
  return factor;
};
