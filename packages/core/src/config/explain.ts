import { nearest } from '@anyformer/engine';
import type { z } from 'zod';

/** One thing that is wrong, and where. */
export interface ConfigIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is looked at of a JSON Schema. */
export interface JsonSchema {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
}

type Issue = z.core.$ZodIssue;

const branches = (schema: JsonSchema): JsonSchema[] => [
  schema,
  ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].flatMap(branches),
];

/** What may stand at a path. */
const inside = (schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] =>
  path.reduce<JsonSchema[]>(
    (here, part) =>
      here
        .flatMap((one) => {
          const inner = typeof part === 'number' ? one.items : (one.properties?.[String(part)] ?? one.additionalProperties);
          return typeof inner === 'object' ? [inner] : [];
        })
        .flatMap(branches),
    branches(schema),
  );

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** Keys that the schema knows at a path, for the kind that is given there. */
const knownKeys = (schema: JsonSchema, path: readonly PropertyKey[], value: unknown): string[] => {
  const kinds = ({ properties: { kind } = {} }: JsonSchema): readonly unknown[] | undefined =>
    kind && (kind.enum ?? ('const' in kind ? [kind.const] : undefined));
  const here = inside(schema, path);
  const own = isObject(value) ? here.filter((one) => kinds(one)?.includes(value.kind)) : [];
  return [...new Set((own.length > 0 ? own : here).flatMap((one) => Object.keys(one.properties ?? {})))];
};

const said = (input: unknown): string => {
  if (input === undefined) return 'nothing';
  // JSON has no infinite numbers and would say null.
  if (typeof input === 'number') return String(input);
  return JSON.stringify(input)?.slice(0, 60) ?? String(input);
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown => path.reduce<any>((held, part) => held?.[part], value);

const inWords: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'a string',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
  record: 'a section',
};

/** What an issue would have accepted: a few values, or a type in words. */
const acceptedOf = (issue: Issue): readonly string[] | undefined => {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'invalid_type') return [inWords[issue.expected] ?? issue.expected];
  return issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined;
};

const accepting = (path: ConfigIssue['path'], given: unknown, accepted: readonly string[]): ConfigIssue => {
  const near = typeof given === 'string' ? nearest(given, accepted) : undefined;
  return { path, message: `given: ${said(given)}; accepted: ${accepted.join(', ')}${near ? `; did you mean '${near}'?` : ''}` };
};

/** Kinds that a branch is for, where the value is of another. */
const otherKinds = (issues: readonly Issue[]): readonly string[] =>
  issues.flatMap((issue) => (issue.path.length === 1 && issue.path[0] === 'kind' ? (acceptedOf(issue) ?? []) : []));

/** What a branch accepts that refuses the value as a whole. */
const wholly = (issues: readonly Issue[]): readonly string[] | undefined =>
  issues.length === 1 && issues[0]!.path.length === 0 ? acceptedOf(issues[0]!) : undefined;

const knowsNoKind = (issues: readonly Issue[]): boolean =>
  issues.some((issue) => issue.code === 'unrecognized_keys' && issue.path.length === 0 && issue.keys.includes('kind'));

/** The issues of a union: those of the branch that fits best, or what there is to choose from. */
const ofUnion = (errors: readonly (readonly Issue[])[], schemas: readonly JsonSchema[], value: unknown): ConfigIssue[] => {
  const open = errors.map((issues, i) => ({ issues, schema: schemas[i] ?? {} })).filter(({ issues }) => wholly(issues) === undefined);
  if (open.length === 0) return [accepting([], value, [...new Set(errors.flatMap((issues) => wholly(issues) ?? []))])];
  const kinds = [...new Set(open.flatMap(({ issues }) => otherKinds(issues)))];
  const own = open.filter(({ issues }) => otherKinds(issues).length === 0 && !(kinds.length > 0 && knowsNoKind(issues)));
  if (own.length === 0 && kinds.length > 0) return [accepting(['kind'], at(value, ['kind']), kinds)];
  const depth = ({ issues }: { readonly issues: readonly Issue[] }): number => issues[0]!.path.length;
  const unfit = (a: (typeof own)[number], b: (typeof own)[number]): number => depth(b) - depth(a) || a.issues.length - b.issues.length;
  const [first, ...others] = [...own].sort(unfit);
  const best = [first!, ...others.filter((one) => unfit(first!, one) === 0)].map(({ issues, schema }) => explain(issues, schema, value));
  // Of equals the one in which what is given is only misspelt.
  return best.find((found) => found.some(({ message }) => message.includes('did you mean'))) ?? best[0]!;
};

/** Zod's issues as ours: unknown keys one by one with their nearest neighbour, unions by the branch that fits best. */
export const explain = (issues: readonly Issue[], schema: JsonSchema, given: unknown): ConfigIssue[] =>
  issues.flatMap((issue): ConfigIssue[] => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const value = at(given, path);
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, path, value);
      return issue.keys.map((key) => {
        const near = nearest(key, known);
        return {
          path: [...path, key],
          message: `unknown key '${key}'${near ? `; did you mean '${near}'?` : '.'} Accepted: ${known.join(', ')}`,
        };
      });
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      const union = inside(schema, path).find(({ anyOf, oneOf }) => (anyOf ?? oneOf)?.length === issue.errors.length);
      return ofUnion(issue.errors, union?.anyOf ?? union?.oneOf ?? [], value).map((one) => ({ ...one, path: [...path, ...one.path] }));
    }
    if (issue.code === 'invalid_key')
      return [{ path, message: `given: the name '${String(path.at(-1))}'; ${issue.issues.map(({ message }) => message).join('; ')}` }];
    const accepted = acceptedOf(issue);
    if (accepted) return [accepting(path, value, accepted)];
    return [{ path, message: issue.code === 'custom' ? issue.message : `${issue.message}; given: ${said(value)}` }];
  });
