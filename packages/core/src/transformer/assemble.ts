import { AnyformerError } from '@anyformer/engine';
import type { Backbone } from '../contract/backbone.js';
import type { Scope } from '../contract/scope.js';
import { decoder } from './decoder.js';
import { encoder } from './encoder.js';
import type { StackOptions } from './stack.js';

/** Which sides a Transformer has, and the parts they are made of. */
export interface TransformerParts {
  readonly encoder?: StackOptions | undefined;
  readonly decoder?: StackOptions | undefined;
}

/**
 * A backbone from parts that are passed in: an encoder, a decoder, or both (Vaswani et al. 2017). With both, the decoder has
 * cross-attention; a task that decodes without a memory leaves that branch out.
 */
export const assemble =
  (parts: TransformerParts): ((scope: Scope) => Backbone) =>
  (scope) => {
    if (parts.encoder === undefined && parts.decoder === undefined)
      throw new AnyformerError({
        code: 'transformer/sides',
        who: 'assemble',
        given: 'neither an encoder nor a decoder',
        accepted: 'an encoder, a decoder, or both',
        exit: 2,
      });
    return {
      width: scope.width,
      ...(parts.encoder && { encoder: encoder(scope, parts.encoder) }),
      ...(parts.decoder && { decoder: decoder(scope, parts.decoder, parts.encoder !== undefined) }),
    };
  };
