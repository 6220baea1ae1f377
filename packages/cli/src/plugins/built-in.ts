import type { Plugin } from '@anyformer/core';

/** Imports of the plug-ins that every installation has, by name. Nothing is imported before it is asked for. */
export const builtIn: Readonly<Record<string, () => Promise<{ readonly default: Plugin }>>> = {
  '@anyformer/text': () => import('@anyformer/text'),
  '@anyformer/vision': () => import('@anyformer/vision'),
  '@anyformer/graph': () => import('@anyformer/graph'),
};
