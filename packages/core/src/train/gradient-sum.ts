import { addInPlace, scaleInPlace, tf } from '@anyformer/engine';
import type { Gradients, TaskGradient } from './gradients.js';

/**
 * The gradient of one step: that of each task by its share. As long as there is one task, its gradients stay as they are and `scale` says what
 * they are to be multiplied by: whoever reads them next can do that on the way, and a pass over all of them is saved.
 */
export class GradientSum {
  readonly gradients: Gradients = new Map();
  /** The gradient is `scale` times `gradients`. */
  scale = 1;

  /** Adds a task's gradient. Takes the tensors over. */
  add({ gradients, scale }: TaskGradient, share: number): void {
    if (this.gradients.size === 0) {
      for (const [path, gradient] of gradients) this.gradients.set(path, gradient);
      this.scale = share * scale;
      return;
    }
    this.#settle();
    for (const [path, gradient] of gradients) {
      const held = this.gradients.get(path);
      if (held === undefined) {
        scaleInPlace(gradient, share * scale);
        this.gradients.set(path, gradient);
      } else {
        addInPlace(held, gradient, share * scale);
        gradient.dispose();
      }
    }
  }

  #settle(): void {
    if (this.scale !== 1) for (const gradient of this.gradients.values()) scaleInPlace(gradient, this.scale);
    this.scale = 1;
  }

  /** Frees the tensors. */
  dispose(): void {
    tf.dispose([...this.gradients.values()]);
    this.gradients.clear();
  }
}
