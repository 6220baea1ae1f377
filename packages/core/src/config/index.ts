export type { ConfigIssue } from './explain.js';
export * from './issues.js';
export * from './overrides.js';
export * from './schema.js';
