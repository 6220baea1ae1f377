/**
 * tfjs-core, the tensor API and the tape of the whole project, with the gradients of its own ops registered.
 *
 * In Node the tfjs-core bundle registers no gradient at all, and the module that would (`dist/register_all_gradients.js`) cannot be
 * imported there: its own imports have no file extensions. `tfjs-layers` bundles those gradients and registers them when it loads
 * (about 60 ms, against 120 ms for the `tfjs` union package), so it is imported for that effect alone. Everything else takes `tf`
 * from here: there must be exactly one tfjs-core in the tree, or tensors of one copy are strangers to the other.
 */
import '@tensorflow/tfjs-layers';
import './kernels/average-gradient.js';
import './kernels/broadcast-product.js';
import './kernels/empty-concat.js';
import './kernels/empty-reduction.js';
import './kernels/numeric-padding.js';
import './kernels/sign.js';
import './tape/reshape.js';

export * from '@tensorflow/tfjs-core';
// Stock ops that are wrong at some inputs, mended.
export { broadcastTo } from './ops/broadcast-to.js';
export { logSumExp } from './ops/log-sum-exp.js';
export { where } from './ops/where.js';
