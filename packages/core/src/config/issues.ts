import { AnyformerError } from '@anyformer/engine';
import { z } from 'zod';
import { type ConfigIssue, explain, type JsonSchema } from './explain.js';

/** A config that cannot be used. Whoever knows the file adds lines and columns to the issues. */
export class ConfigError extends AnyformerError {
  readonly issues: readonly ConfigIssue[];
  /** The file it stands in, where it is another than the one that was given: a stored one. */
  readonly file: string | undefined;

  constructor(issues: readonly ConfigIssue[], file?: string) {
    super({
      code: 'config/invalid',
      who: file ?? 'The config',
      given: issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; '),
      exit: 2,
    });
    this.issues = issues;
    this.file = file;
  }
}

/**
 * Parses with a schema; what is wrong becomes one {@link ConfigError}. `base` is where the value stands in the whole config, `file` where
 * that is stored.
 */
export const parseConfig = <T>(
  schema: z.ZodType<T>,
  given: unknown,
  { base = [], file }: { base?: readonly string[]; file?: string | undefined } = {},
): T => {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const issues = explain(parsed.error.issues, json, given).map((issue) => ({ ...issue, path: [...base, ...issue.path] }));
  throw new ConfigError(issues, file);
};
