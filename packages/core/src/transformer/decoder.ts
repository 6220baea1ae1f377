import { AnyformerError, tf } from '@anyformer/engine';
import type { Decoder, DecoderState, Memory } from '../contract/backbone.js';
import type { Scope } from '../contract/scope.js';
import type { KeysAndValues } from '../layers/attention.js';
import { coordinatesOf } from '../positions/scheme.js';
import { CachedState } from './cached-state.js';
import { addBias, buildStack, type StackOptions } from './stack.js';

/** A stack in which a position sees the earlier ones and, with `cross`, a memory. Parameters and records under `decoder/`. */
export const decoder = (scope: Scope, options: StackOptions, cross: boolean): Decoder => {
  const stack = buildStack(scope.child('decoder'), 'decoder', options, { causal: true, cross });
  const requireCross = (memory: Memory | undefined): void => {
    if (memory === undefined || cross) return;
    throw new AnyformerError({
      code: 'transformer/no-cross-attention',
      who: `The decoder '${scope.path}/decoder'`,
      given: 'a memory to attend to',
      accepted: 'no memory: this backbone has no encoder and so no cross-attention',
      fix: 'Give the model an encoder (encoder: { layers: … }).',
      exit: 2,
    });
  };
  const own = (state: DecoderState): CachedState => {
    if (state instanceof CachedState) return state;
    throw new AnyformerError({
      code: 'transformer/state',
      who: 'Decoder.step',
      given: 'a foreign state',
      accepted: 'what begin() returned',
    });
  };

  return {
    limit: stack.limit,
    forward(sequence, pass, memory) {
      requireCross(memory);
      return tf.tidy(() => {
        const places = coordinatesOf(sequence.positions);
        const placed = stack.place(places, places);
        const bias = addBias(placed.bias, sequence.bias); // [1 | b, 1 | h, t, t]
        return stack.run(
          stack.enter(sequence, places, pass),
          (i) => ({
            rotation: placed.rotation,
            self: (made: KeysAndValues) => ({ ...made, mask: sequence.mask, bias, causal: true }),
            memory: memory && { ...stack.blocks[i]!.cross!.remember(memory.hidden), mask: memory.mask },
          }),
          pass,
        ); // [b, t, w]
      });
    },
    begin(start) {
      requireCross(start.memory);
      return new CachedState(stack, start);
    },
    step(sequence, given, pass) {
      const state = own(given);
      return tf.tidy(() => {
        const places = coordinatesOf(sequence.positions);
        const { offset, mask, keys } = state.extend(sequence.mask, places);
        const placed = stack.place(places, keys ?? places);
        const bias = addBias(placed.bias, sequence.bias); // [1 | b, 1 | h, l, t]
        return stack.run(
          stack.enter(sequence, places, pass),
          (i) => ({
            rotation: placed.rotation,
            self: (made: KeysAndValues) => ({ ...state.append(i, made), mask, bias, causal: true, offset }),
            memory: state.memory(i),
          }),
          pass,
        ); // [b, l, w]
      });
    },
  };
};
