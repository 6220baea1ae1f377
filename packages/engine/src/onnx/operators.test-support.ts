import { attentions } from './attention.test-support.js';
import { convolutions } from './convolution.test-support.js';
import { dropouts } from './dropout.test-support.js';
import { einsums } from './einsum.test-support.js';
import { elementwise } from './elementwise.test-support.js';
import { gathers } from './gather.test-support.js';
import { linearAttentions } from './linear-attention.test-support.js';
import { losses } from './losses.test-support.js';
import { movement } from './movement.test-support.js';
import type { Operator } from './node.test-support.js';
import { norms } from './norms.test-support.js';
import { optimizers } from './optimizers.test-support.js';
import { pooling } from './pooling.test-support.js';
import { products } from './products.test-support.js';
import { reductions } from './reductions.test-support.js';
import { scatters } from './scatter.test-support.js';
import { shapes } from './shapes.test-support.js';

/** Every operator that can be run, by its name. */
export const operators: Record<string, Operator> = {
  ...attentions,
  ...convolutions,
  ...dropouts,
  ...einsums,
  ...elementwise,
  ...gathers,
  ...linearAttentions,
  ...losses,
  ...movement,
  ...norms,
  ...optimizers,
  ...pooling,
  ...products,
  ...reductions,
  ...scatters,
  ...shapes,
};
