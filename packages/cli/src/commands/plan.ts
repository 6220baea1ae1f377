import { type Plan, type PlannedTask, plan } from '@anyformer/core';
import { checkedConfig } from '../config/checked.js';
import { located } from '../config/located.js';
import type { Call } from '../declaration.js';
import { bytes, count } from '../terminal/duration.js';
import { table } from '../terminal/table.js';

/** Shapes worth a line: what goes in, what each block leaves, attention. The rest is in `--json`. */
const shown = ({ path }: PlannedTask['shapes'][number]): boolean =>
  path.startsWith('batch/') || /\/(embeddings|block\d+|attention|self-attention|cross-attention|norm)$/.test(path);

const taskLines = (task: PlannedTask): string[] => {
  const { examples, positions, padding } = task.batch;
  return [
    '',
    `Task ${task.id}, share ${task.share}, of ${task.modalities.join(' and ')}: a first batch of ${examples} examples, ${positions} positions, ${(100 * padding).toFixed(1)} % padding`,
    table(
      task.shapes.filter(shown).map(({ path, shape }) => [path, `[${shape.join(', ')}]`]),
      { head: ['stage', 'shape'] },
    ),
  ];
};

const lines = ({ parameters, tasks, memory, flops, config }: Plan): string[] => [
  `${count(parameters.total)} parameters`,
  table(
    Object.entries(parameters.byPrefix).map(([prefix, size]) => [prefix, String(size)]),
    { head: ['prefix', 'parameters'], align: ['left', 'right'] },
  ),
  ...tasks.flatMap(taskLines),
  '',
  'Memory',
  table(
    (['parameters', 'optimizer', 'average', 'step', 'total'] as const).map((part) => [
      part === 'step' ? 'activations and gradients' : part,
      bytes(memory[part]),
    ]),
    { align: ['left', 'right'] },
  ),
  '',
  `${count(flops.step)}FLOP an update, ${count(flops.run)}FLOP for ${config.train.steps} of them`,
];

/** `plan CONFIG`: what a config comes to, without training. */
export const run = async (call: Call): Promise<void> => {
  const { config, plugins } = await checkedConfig(call, call.arguments[0] as string, call.options.set ?? []);
  let made: Plan;
  try {
    made = await plan({ config: config.value, plugins, base: config.directory, note: (line) => call.note(line) });
  } catch (error) {
    throw located(error, config);
  }
  if (call.json) await call.out(JSON.stringify(made, null, 2));
  else for (const line of lines(made)) await call.out(line);
};
