import { lastValueFrom, tap } from 'rxjs';
import { startRun } from './start.js';
import { toy, toyConfig } from './toy.test-support.js';

// A process that trains one step, or one more, and saves: `node checkpoint-memory.test-support.js ENGINE FOLDER STEPS`. Prints bytes: the most
// memory up to the end of the step, and up to the end of the save.
const [engine, directory, steps] = process.argv.slice(2);
const { evaluate: _evaluate, best: _best, ...train } = toyConfig.train;
const config = {
  ...toyConfig,
  model: { width: 384, heads: 4, feedForward: 1536, encoder: { layers: 6 }, decoder: false },
  train,
  checkpoint: { every: 1 },
};
const peak = { step: 0, checkpoint: 0 };
const looked = tap<{ readonly type: string }>(({ type }) => {
  if (type === 'step' || type === 'checkpoint') peak[type] = 1024 * process.resourceUsage().maxRSS;
});
await lastValueFrom(
  startRun({ config, directory: directory!, plugins: [toy], engine, steps: Number(steps), resume: Number(steps) > 1 }).pipe(looked),
);
console.log(JSON.stringify(peak));
