export { Bench, type Subject } from './bench.js';
export type { Check, Fault } from './check.js';
export { checks, conformance } from './conformance.js';
export { type SymbolBatch, symbols } from './symbols.js';
