export * from './checkpoint.js';
export * from './folder.js';
export { decodeSafetensors, encodeSafetensors, safetensorsPieces } from './safetensors.js';
export * from './safetensors-file.js';
export * from './store.js';
