import { type Evaluation, evaluateModel, loadModel } from '@anyformer/core';
import { checkedConfig } from '../config/checked.js';
import { located } from '../config/located.js';
import type { Call } from '../declaration.js';
import type { Progress } from '../terminal/terminal.js';
import { pluginsOf } from './stored.js';
import { common, figure } from './values.js';

export const parse = common;

/** A bar for each task. */
export const evaluationBars = (
  call: Call,
  label = (task: string): string => task,
): { onProgress(task: string, done: number, total: number | undefined): void; end(): void } => {
  let shown: { readonly task: string; readonly bar: Progress } | undefined;
  return {
    onProgress(task, done, total) {
      if (shown?.task !== task) {
        shown?.bar.end();
        shown = { task, bar: call.progress(label(task), total ?? done) };
      }
      shown.bar.update(done, 'examples');
    },
    end: () => shown?.bar.end(),
  };
};

/** `evaluate MODEL`: every task's metrics on a split. */
export const run = async (call: Call): Promise<void> => {
  const folder = call.arguments[0] as string;
  const { config: file, split, engine, threads } = call.options;
  const checked = file === undefined ? undefined : await checkedConfig(call, file);
  const plugins = checked?.plugins ?? (await pluginsOf(call, folder));
  const bars = evaluationBars(call);
  let results: Record<string, Evaluation>;
  let from = folder;
  try {
    const model = await loadModel(folder, { plugins, engine, threads, note: (line) => call.note(line), config: checked?.parsed });
    from = model.folder;
    try {
      results = await evaluateModel(model, { split, signal: call.signal, onProgress: bars.onProgress });
    } finally {
      bars.end();
      model.dispose();
    }
  } catch (error) {
    throw checked ? located(error, checked.config) : error;
  }
  const of = <T>(value: (one: Evaluation) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(results).map(([id, one]) => [id, value(one)]));
  if (call.json) {
    const document = {
      model: from,
      split,
      tasks: of((one) => one.results),
      details: of((one) => one.details),
      examples: of((one) => one.examples),
    };
    await call.out(JSON.stringify(document, null, 2));
    return;
  }
  const { bold, dim } = call.terminal.colors.out;
  for (const [id, { results: metrics, details, examples }] of Object.entries(results)) {
    await call.out(`${bold(id)} ${dim(`${split}, ${examples} examples`)}`);
    for (const [name, value] of Object.entries(metrics)) {
      const more = Object.values(details[name] ?? {}).filter((one) => typeof one === 'string');
      await call.out(`  ${name} ${figure(value)}${more.length > 0 ? dim(`  ${more.join(' ')}`) : ''}`);
    }
  }
};
