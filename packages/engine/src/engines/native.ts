import { AnyformerError } from '../error.js';
import type { Engine } from './engine.js';

const off = (): boolean => globalThis.process?.env.ANYFORMER_NATIVE === 'off';
const reason = (): string => (off() ? 'switched off by ANYFORMER_NATIVE=off' : 'not built yet for any platform');

/** The N-API addon built from the same C source as the wasm module: not there yet; this is its place. */
export const native: Engine = {
  id: 'native',
  automatic: true,
  async start() {
    throw new AnyformerError({ code: 'engine/native', who: 'engine native', given: reason(), fix: 'Use wasm.', exit: 3 });
  },
  async probe() {
    return { id: 'native', loads: false, reason: reason(), fix: 'use wasm', detail: 'N-API addon' };
  },
};
