import { tf } from '@anyformer/engine';
import type { Encoder, Memory } from '../contract/backbone.js';
import type { Scope } from '../contract/scope.js';
import type { Pass, Sequence } from '../contract/sequence.js';
import { coordinatesOf } from '../positions/scheme.js';
import { addBias, buildStack, type StackOptions } from './stack.js';

/** A stack in which every real position sees every other. Parameters and records under `encoder/`. */
export const encoder = (scope: Scope, options: StackOptions): Encoder => {
  const stack = buildStack(scope.child('encoder'), 'encoder', options, { causal: false, cross: false });
  const read = (sequence: Sequence, pass: Pass): Memory => {
    const hidden = tf.tidy(() => {
      const places = coordinatesOf(sequence.positions);
      const placed = stack.place(places, places);
      const bias = addBias(placed.bias, sequence.bias); // [1 | b, 1 | h, l, l]
      const seen = {
        rotation: placed.rotation,
        self: (made: { key: tf.Tensor3D; value: tf.Tensor3D }) => ({ ...made, mask: sequence.mask, bias }),
      };
      return stack.run(stack.enter(sequence, places, pass), () => seen, pass); // [b, s, w]
    });
    return { hidden, mask: sequence.mask };
  };
  return Object.assign(read, { limit: stack.limit });
};
