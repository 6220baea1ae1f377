import '@tensorflow/tfjs-backend-cpu';
import * as tf from '../tf.js';
import type { Engine } from './engine.js';

const detail = "tfjs's own JavaScript backend with reference compositions: slow, for tests";

/** The plain JavaScript engine: every op is its reference composition. */
export const cpu: Engine = {
  id: 'cpu',
  automatic: true,
  async start() {
    await tf.setBackend('cpu');
    // Its first write prints advice to install another backend; choosing engines is this package's business.
    (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
    return { id: 'cpu', threads: 1, simd: 'none', detail };
  },
  async probe() {
    return { id: 'cpu', loads: true, reason: '', fix: '', detail };
  },
};
