export { beamSearch } from './beam.js';
export * from './decode.js';
export * from './ensemble.js';
export * from './length-penalty.js';
export { logSoftmax } from './log-softmax.js';
export {
  type DecodeConfig,
  type DecodeOptions,
  type DecodeRequest,
  decodeConfig,
  penaltyOf,
  processorsOf,
  resolveDecode,
  warpersOf,
} from './options.js';
export * from './processors.js';
export * from './scorer.js';
export { stepwise } from './stepwise.js';
export * from './warpers.js';
