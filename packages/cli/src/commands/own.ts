import type { Declaration, Entry, Runner } from '../declaration.js';

const engineOptions = [
  { flags: '--engine <name>', describe: 'native, wasm, tensorflow, cpu or auto (default: the best that loads; see doctor)' },
  { flags: '--threads <number>', describe: 'threads of the engine (default: all cores)' },
] as const;

const model = {
  name: 'MODEL',
  describe: 'a run folder (its best checkpoint), a checkpoint or a model folder',
  required: true,
} as const;
const config = { name: 'CONFIG', describe: 'a config file in YAML or JSON', required: true } as const;
const set = {
  flags: '--set <path=value>',
  describe: 'override one value of the config, such as checkpoint.every=50; repeatable',
  repeats: true,
} as const;

const own = (group: string, declaration: Omit<Declaration, 'group'>, load: () => Promise<Runner>): Entry => ({
  declaration: { group, ...declaration },
  load,
});

/** The commands that come with the command line itself. */
export const ownCommands: readonly Entry[] = [
  own(
    'Models:',
    {
      name: 'demo',
      describe: 'watch a Transformer learn to translate, in two minutes (what npm start runs)',
      arguments: [{ name: 'translation', describe: 'which one', required: false }],
      options: [...engineOptions, { flags: '--steps <number>', describe: 'stop earlier (or later) than the demo would' }],
      examples: ['anyformer demo'],
    },
    () => import('./demo.js'),
  ),
  own(
    'Models:',
    {
      name: 'train',
      describe: 'train what a config describes, into a run folder',
      arguments: [config],
      options: [
        { flags: '--run <folder>', describe: 'where the run goes (default: runs/<name of the config>)' },
        { flags: '--resume', describe: 'go on from the last checkpoint of the run' },
        set,
        { flags: '--steps <number>', describe: "the run's total of steps; moves no schedule" },
        ...engineOptions,
        { flags: '--seed <number>', describe: "instead of the config's" },
      ],
      examples: [
        'anyformer train configs/text/embedded-en-de.yaml',
        'anyformer train my.yaml --run runs/mine --set train.batch.positions=2000',
        'anyformer train my.yaml --run runs/mine --resume --steps 2000',
      ],
    },
    () => import('./train.js'),
  ),
  own(
    'Models:',
    {
      name: 'evaluate',
      describe: "each task's metrics on a split",
      arguments: [model],
      options: [
        { flags: '--config <file>', describe: 'another config for data and decoding; the model stays' },
        { flags: '--split <name>', describe: 'train, valid, test or what the data have', default: 'test' },
        ...engineOptions,
      ],
      examples: ['anyformer evaluate runs/mine', 'anyformer evaluate runs/mine --split valid --json'],
    },
    () => import('./evaluate.js'),
  ),
  own(
    'Models:',
    {
      name: 'attend',
      describe: 'a page that shows where every head looks, for one input',
      arguments: [model],
      options: [
        { flags: '--input <text>', describe: 'what to read' },
        { flags: '--output <text>', describe: 'what to write, instead of what the model would' },
        { flags: '--look <word>', describe: 'a word to pick out at first' },
        { flags: '--task <id>', describe: "which of the model's tasks (default: the first that fits)" },
        { flags: '--out <file>', describe: 'the page', default: 'attention.html' },
        ...engineOptions,
      ],
      examples: ["anyformer attend runs/mine --input 'The animal did not cross the street because it was too tired.' --look it"],
    },
    () => import('./attend.js'),
  ),
  own(
    'Models:',
    {
      name: 'plan',
      describe: 'shapes, parameters, memory and FLOPs of a config, without training',
      arguments: [config],
      options: [set, ...engineOptions],
      examples: ['anyformer plan configs/text/embedded-en-de.yaml'],
    },
    () => import('./plan.js'),
  ),
  own(
    'This machine:',
    {
      name: 'doctor',
      describe: 'which engines load here, why not the others, how fast they are, what to do',
      options: [{ flags: '--no-speed', describe: 'do not measure' }],
      examples: ['anyformer doctor', 'anyformer doctor --json'],
    },
    () => import('./doctor.js'),
  ),
  own(
    'This machine:',
    {
      name: 'schema',
      describe: 'the JSON Schema of a config, for editors',
      examples: ['anyformer schema > run.schema.json'],
    },
    () => import('./schema.js'),
  ),
];
