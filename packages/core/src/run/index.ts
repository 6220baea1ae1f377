export * from './assembly.js';
export * from './load.js';
export * from './plan.js';
export * from './registry.js';
export * from './start.js';
export type { StepMemory } from './step-memory.js';
