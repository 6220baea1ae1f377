import { AnyformerError } from '@anyformer/engine';
import type { Backbone } from '../contract/backbone.js';
import type { Scope } from '../contract/scope.js';
import { decoder } from './decoder.js';
import { encoder } from './encoder.js';
import type { StackOptions } from './stack.js';

/** Which sides a Transformer has, and what they are made of. */
export interface TransformerOptions {
  readonly encoder?: StackOptions | undefined;
  readonly decoder?: StackOptions | undefined;
}

/**
 * A Transformer as a backbone: an encoder, a decoder, or both (Vaswani et al. 2017). With both, the decoder has cross-attention; a task
 * that decodes without a memory leaves it out.
 */
export const transformer =
  (options: TransformerOptions): ((scope: Scope) => Backbone) =>
  (scope) => {
    if (options.encoder === undefined && options.decoder === undefined)
      throw new AnyformerError({
        code: 'transformer/sides',
        who: 'transformer',
        given: 'neither an encoder nor a decoder',
        accepted: 'an encoder, a decoder, or both',
        exit: 2,
      });
    return {
      width: scope.width,
      ...(options.encoder && { encoder: encoder(scope, options.encoder) }),
      ...(options.decoder && { decoder: decoder(scope, options.decoder, options.encoder !== undefined) }),
    };
  };
