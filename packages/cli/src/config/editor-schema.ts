import { type Plugin, runConfigSchema } from '@anyformer/core';
import { z } from 'zod';

type Schema = Record<string, any>;

const optionsOf = (kind: string, options: z.ZodType): Schema => {
  const { $schema: _, ...schema } = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' }) as Schema;
  const { properties = {}, required = [], ...rest } = schema;
  return { ...rest, title: kind, type: 'object', properties: { kind: { const: kind }, ...properties }, required: ['kind', ...required] };
};

/** The JSON Schema of a config, with the options of every kind that some plug-ins bring. */
export const editorSchema = (plugins: readonly Plugin[]): Schema => {
  const base = structuredClone(runConfigSchema()) as Schema;
  const { modalities, tasks } = base.properties as Record<string, Schema>;
  const share = tasks!.additionalProperties?.properties?.share;
  modalities!.additionalProperties = {
    anyOf: plugins.flatMap((plugin) => (plugin.modalities ?? []).map(({ kind, options }) => optionsOf(kind, options))),
  };
  tasks!.additionalProperties = {
    anyOf: plugins.flatMap((plugin) =>
      (plugin.tasks ?? []).map(({ kind, options }) => {
        const schema = optionsOf(kind, options);
        return { ...schema, properties: { ...schema.properties, ...(share && { share }) } };
      }),
    ),
  };
  return { ...base, title: 'anyformer run', description: 'What anyformer train takes.' };
};
