import { engineIds, nearest } from '@anyformer/engine';
import { commandLine } from '../command-line.js';
import { products, type Row, rows } from './rows.js';

/** What is to be measured, and how. */
export interface Options {
  readonly rows: readonly Row[];
  readonly engines: readonly string[];
  readonly threads: readonly number[];
  readonly python: string | undefined;
  /** Rounds; as many as the rows bear unless said. */
  readonly repeat: number | undefined;
  readonly compile: boolean;
  readonly profile: boolean;
  readonly json: boolean;
}

export const usage = `npm run -s bench -- engine [options]
  --rows A,B        ${rows.map(({ row }) => row).join(', ')}; all unless said;
                    products, the matrix products of the training rows, each alone
  --engines A,B     native,wasm unless said
  --threads 1,2     2 unless said
  --python PYTHON   a Python with torch, and where they are to be compared onnxruntime, onnx, ctranslate2
  --repeat N        rounds; 7 unless said, fewer where a round takes over 5 s
  --compile         torch.compile too: minutes of compilation per row
  --profile         where our time goes, by kernel call; nobody else is measured
  --json            one JSON document instead of a table`;

const { parsed, refuse, whole } = commandLine('engine');

const rowsNamed = (names: readonly string[]): Row[] =>
  names.flatMap((name) => {
    if (name === 'products') return products;
    const all = [...rows, ...products];
    const known = [...rows.map(({ row }) => row), 'products'];
    const found = all.find(({ row }) => row === name);
    const near = nearest(name, known);
    return found ?? refuse(`no row '${name}'`, known.join(', '), near && `Did you mean '${near}'?`);
  });

const list = (given: string): string[] =>
  given
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The parts of an option, of which there must be one. */
const some = (name: string, given: string): string[] => {
  const parts = list(given);
  return parts.length > 0 ? parts : refuse(`--${name} names none`, 'one or more, with commas between');
};

const refuseEngine = (given: string): never => {
  const near = nearest(given, engineIds);
  return refuse(`no engine '${given}'`, engineIds.join(', '), near && `Did you mean '${near}'?`);
};

/** Reads the command line; undefined where it asks for help. Throws `bench/usage`. */
export const optionsOf = (args: readonly string[]): Options | undefined => {
  const given = parsed({
    args: [...args],
    options: {
      rows: { type: 'string' },
      engines: { type: 'string', default: 'native,wasm' },
      threads: { type: 'string', default: '2' },
      python: { type: 'string' },
      repeat: { type: 'string' },
      compile: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
  if (given.help) return undefined;
  return {
    rows: given.rows === undefined ? rows : rowsNamed(some('rows', given.rows)),
    engines: some('engines', given.engines).map((engine) => (engineIds.includes(engine) ? engine : refuseEngine(engine))),
    threads: some('threads', given.threads).map((threads) => whole('threads', threads)),
    python: given.python,
    repeat: given.repeat === undefined ? undefined : whole('repeat', given.repeat),
    compile: given.compile,
    profile: given.profile,
    json: given.json,
  };
};
