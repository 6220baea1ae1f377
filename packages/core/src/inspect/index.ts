export type { AttentionMap } from './attention-map.js';
export * from './attention-page.js';
export * from './recorder.js';
