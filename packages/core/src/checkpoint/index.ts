export * from './checkpoint.js';
export * from './folder.js';
export * from './safetensors.js';
export * from './store.js';
