import test from 'ava';
import { z } from 'zod';
import { ConfigError, parseConfig } from './issues.js';
import { applyOverrides } from './overrides.js';
import { runConfig } from './schema.js';

const good = {
  modalities: {},
  tasks: {},
  model: { preset: 'tiny' },
  train: { steps: 3, batch: { examples: 4 }, schedule: { kind: 'constant', peak: 1e-3 } },
};

const complaints = (schema: z.ZodType, given: unknown): string[] => {
  try {
    parseConfig(schema, given);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw error;
  }
  return [];
};
const model = (over: object): string[] => complaints(runConfig, { ...good, model: { ...good.model, ...over } });
const train = (over: object): string[] => complaints(runConfig, { ...good, train: { ...good.train, ...over } });

test('a union of kinds is judged by the kind that is given', (t) => {
  t.deepEqual(complaints(runConfig, good), []);
  t.deepEqual(model({ positions: { kind: 'learned', limit: 16 } }), [
    'model.positions.length: given: nothing; accepted: a number, a list',
    "model.positions.limit: unknown key 'limit'. Accepted: kind, length, start",
  ]);
  t.deepEqual(model({ positions: { kind: 'lerned', length: 16 } }), [
    'model.positions.kind: given: "lerned"; accepted: sinusoidal, learned, rotary, relative, alibi, none; did you mean \'learned\'?',
  ]);
  t.deepEqual(model({ positions: {} }), [
    'model.positions.kind: given: nothing; accepted: sinusoidal, learned, rotary, relative, alibi, none',
  ]);
  t.deepEqual(model({ positions: 'sinusoidl' }), [
    'model.positions: given: "sinusoidl"; accepted: sinusoidal, rotary, alibi, relative, none, a section; did you mean \'sinusoidal\'?',
  ]);
  t.deepEqual(model({ positions: { kind: 'relative', buckets: 2 } }), [
    'model.positions.buckets: Too small: expected number to be >=4; given: 2',
  ]);
  t.deepEqual(train({ optimizer: { kind: 'adam', decay: 1 } }), [
    "train.optimizer.decay: unknown key 'decay'. Accepted: kind, beta1, beta2, epsilon",
  ]);
});

test('a name that cannot be one is told with what a name is', (t) => {
  t.deepEqual(complaints(runConfig, { ...good, tasks: { 'a/b': { kind: 'any' } } }), [
    "tasks.a/b: given: the name 'a/b'; accepted: a name without spaces, slashes and wildcards",
  ]);
});

test('a union of values says all that it takes', (t) => {
  t.deepEqual(complaints(runConfig, { ...good, engine: { threads: 'many' } }), ['engine.threads: given: "many"; accepted: auto, a number']);
  t.deepEqual(model({ encoder: 3 }), ['model.encoder: given: 3; accepted: false, a section']);
});

test('keys that do not go together are not said to be near themselves', (t) => {
  t.deepEqual(train({ batch: { positions: 1, examples: 2 } }), ["train.batch.examples: unknown key 'examples'. Accepted: positions"]);
  for (const key of ['positions', 'examples']) {
    const misspelt = `${key.slice(0, 3)}${key.slice(4)}`;
    t.deepEqual(train({ batch: { [misspelt]: 1 } }), [
      `train.batch.${key}: given: nothing; accepted: a number`,
      `train.batch.${misspelt}: unknown key '${misspelt}'; did you mean '${key}'? Accepted: ${key}`,
    ]);
  }
});

test('kinds beside something that has none', (t) => {
  const codec = z.union([
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.enum(['long', 'short']), size: z.number() }),
      z.strictObject({ kind: z.literal('bare') }),
    ]),
    z.strictObject({ file: z.string() }),
  ]);
  const schema = z.strictObject({ codec, list: z.array(codec).default([]) });
  t.deepEqual(complaints(schema, { codec: { kind: 'lnog', size: 3 } }), [
    'codec.kind: given: "lnog"; accepted: long, short, bare; did you mean \'long\'?',
  ]);
  t.deepEqual(complaints(schema, { codec: { kind: 'bare', size: 3 } }), ["codec.size: unknown key 'size'. Accepted: kind"]);
  t.deepEqual(complaints(schema, { codec: { fil: 'x' } }), [
    'codec.file: given: nothing; accepted: a string',
    "codec.fil: unknown key 'fil'; did you mean 'file'? Accepted: file",
  ]);
  t.deepEqual(complaints(schema, { codec: { file: 'x' }, list: [{ file: 'x' }, { kind: 'short', sze: 1 }] }), [
    'list.1.size: given: nothing; accepted: a number',
    "list.1.sze: unknown key 'sze'; did you mean 'size'? Accepted: kind, size",
  ]);
});

test('an override is a value of the config, whatever its name', (t) => {
  t.throws(() => applyOverrides({}, [['__proto__.polluted', 1]]), { instanceOf: ConfigError, message: /unknown key '__proto__'/ });
  t.throws(() => applyOverrides({ a: {} }, [['a.__proto__', 1]]), { instanceOf: ConfigError });
  t.is(({} as { polluted?: unknown }).polluted, undefined);
  t.deepEqual(applyOverrides({ a: 1 }, [['constructor.prototype', 2]]), { a: 1, constructor: { prototype: 2 } });
});
