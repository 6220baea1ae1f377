export * from './glob.js';
export * from './initialization.js';
export * from './initializers.js';
export * from './store.js';
export * from './unread-values.js';
