import { AnyformerError, nearest } from '@anyformer/engine';
import { z } from 'zod';

/** One thing that is wrong, and where. */
export interface ConfigIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A config that cannot be used. Whoever knows the file adds lines and columns to the issues. */
export class ConfigError extends AnyformerError {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[], who = 'The config') {
    super({
      code: 'config/invalid',
      who,
      given: issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; '),
      exit: 2,
    });
    this.issues = issues;
  }
}

type JsonSchema = {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
};

const branches = (schema: JsonSchema): JsonSchema[] => [
  schema,
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap(branches),
];

/** Keys that the schema knows at a path. */
const knownKeys = (schema: JsonSchema, path: readonly PropertyKey[]): string[] => {
  let here = branches(schema);
  for (const part of path)
    here = here
      .flatMap((one) => {
        const inside = typeof part === 'number' ? one.items : (one.properties?.[String(part)] ?? one.additionalProperties);
        return typeof inside === 'object' ? [inside] : [];
      })
      .flatMap(branches);
  return [...new Set(here.flatMap((one) => Object.keys(one.properties ?? {})))];
};

const said = (input: unknown): string => (input === undefined ? 'nothing' : (JSON.stringify(input)?.slice(0, 60) ?? String(input)));

const at = (value: unknown, path: readonly PropertyKey[]): unknown => path.reduce<any>((held, part) => held?.[part], value);

/** Zod's issues as ours: unknown keys one by one with their nearest neighbour, unions by the branch that fits best. */
const translate = (
  issues: readonly z.core.$ZodIssue[],
  schema: JsonSchema,
  given: unknown,
  base: readonly PropertyKey[] = [],
): ConfigIssue[] =>
  issues.flatMap((issue) => {
    const path = [...base, ...issue.path].map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, path);
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        return {
          path: [...path, key],
          message: `unknown key '${key}'${near ? `; did you mean '${near}'?` : ''} Accepted: ${known.join(', ')}`,
        };
      });
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const best = [...issue.errors].sort((a, b) => b[0]!.path.length - a[0]!.path.length || a.length - b.length)[0]!;
      const shown = translate(best, schema, given, path);
      return shown.length > 0 ? shown : [{ path, message: `${said(at(given, path))} does not fit: ${issue.message}` }];
    }
    return [{ path, message: issue.code === 'custom' ? issue.message : `${issue.message}; given: ${said(at(given, path))}` }];
  });

/** Parses with a schema; what is wrong becomes one {@link ConfigError}. `base` is where the value stands in the whole config. */
export const parseConfig = <T>(
  schema: z.ZodType<T>,
  given: unknown,
  { base = [], who }: { base?: readonly string[]; who?: string } = {},
): T => {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const issues = translate(parsed.error.issues, json, given).map((issue) => ({ ...issue, path: [...base, ...issue.path] }));
  throw new ConfigError(issues, who);
};
