import { type Plan, type PlannedTask, plan } from '@anyformer/core';
import { stringify } from 'yaml';
import { checkedConfig } from '../config/checked.js';
import { located } from '../config/located.js';
import type { Call } from '../declaration.js';
import { bytes, count } from '../terminal/duration.js';
import { table } from '../terminal/table.js';
import { common } from './values.js';

export const parse = { threads: common.threads };

type Stage = PlannedTask['shapes'][number];

/** Blocks whose stages have the same shape share a line: `encoder/block0…5/attention`. */
export const folded = (stages: readonly Stage[]): Stage[] => {
  const groups = new Map<string, { readonly first: Stage; readonly blocks: string[] }>();
  for (const stage of stages) {
    const block = /(?<=\/block)\d+/.exec(stage.path)?.[0];
    const key = `${stage.path.replace(/(?<=\/block)\d+/, '*')} ${stage.shape}`;
    const group = groups.get(key) ?? { first: stage, blocks: [] };
    groups.set(key, group);
    if (block !== undefined) group.blocks.push(block);
  }
  return [...groups.values()].map(({ first: { path, shape }, blocks }) => {
    const several = blocks.length > 1 ? `${blocks[0]}…${blocks.at(-1)}` : blocks[0];
    return { path: path.replace(/(?<=\/block)\d+/, several ?? ''), shape };
  });
};

const whole = (value: number): string => value.toLocaleString('en');

const taskLines = (task: PlannedTask, bold: (text: string) => string): string[] => {
  const { examples, positions, padding } = task.batch;
  const share = task.share === 1 ? '' : `, share ${task.share}`;
  return [
    '',
    `${bold(`Task ${task.id}`)} of ${task.modalities.join(' and ')}${share}`,
    `  a batch: ${examples} examples, ${whole(positions)} positions, ${(100 * padding).toFixed(1)} % padding, ${count(task.flops)}FLOP to train on`,
    table(
      folded(task.shapes).map(({ path, shape }) => [path, `[${shape.join(', ')}]`]),
      { head: ['stage', 'shape'] },
    ),
  ];
};

const memoryParts = [
  ['parameters', 'parameters'],
  ['gradients', 'gradients'],
  ['optimizer', 'optimizer moments'],
  ['average', 'averaged parameters'],
  ['activations', 'activations, at most, besides'],
  ['engine', 'engine: spare blocks'],
  ['process', 'process: runtime, code, data'],
  ['total', 'total, at most'],
] as const;

/** The plan for people. */
const linesOf = ({ parameters, tasks, memory, flops, config }: Plan, bold: (text: string) => string): string[] => [
  bold('Config, with every default'),
  stringify(config, { lineWidth: 0 }).trimEnd().replace(/^/gm, '  '),
  '',
  bold('Parameters'),
  table([...Object.entries(parameters.byPrefix).map(([prefix, size]) => [prefix, whole(size)]), ['total', whole(parameters.total)]], {
    align: ['left', 'right'],
  }),
  ...tasks.flatMap((task) => taskLines(task, bold)),
  '',
  bold('Memory'),
  `  as seen here in ${memory.steps} training steps, one of them on the largest batch; evaluations come on top`,
  table(
    memoryParts.flatMap(([part, name]) => (memory[part] ? [[name, bytes(memory[part])]] : [])),
    { align: ['left', 'right'] },
  ),
  '',
  bold('Training'),
  `  ${count(flops.step)}FLOP a step, ${count(flops.run)}FLOP for all ${whole(config.train.steps)}`,
];

/** `plan CONFIG`: what a config comes to, without training. */
export const run = async (call: Call): Promise<void> => {
  const { engine, threads, set = [] } = call.options;
  const { config, plugins } = await checkedConfig(call, call.arguments[0] as string, set);
  let made: Plan;
  try {
    made = await plan({ config: config.value, plugins, base: config.directory, engine, threads, note: (line) => call.note(line) });
  } catch (error) {
    throw located(error, config);
  }
  if (call.json) await call.out(JSON.stringify(made, null, 2));
  else for (const line of linesOf(made, call.terminal.colors.out.bold)) await call.out(line);
};
