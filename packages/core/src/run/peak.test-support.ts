import { memoryReport } from '@anyformer/engine';
import { lastValueFrom, tap } from 'rxjs';
import { plan } from './plan.js';
import { startRun } from './start.js';
import { toy, toyConfig } from './toy.test-support.js';

// A process whose memory is looked at: `node peak.test-support.js plan|train ENGINE RECOMPUTE FOLDER`. Prints bytes.
const [what, engine, recompute, directory] = process.argv.slice(2);
const { evaluate: _evaluate, best: _best, ...train } = toyConfig.train;
const config = {
  ...toyConfig,
  model: { width: 192, heads: 4, feedForward: 768, encoder: { layers: 6 }, decoder: false, dropout: 0.1, recompute: recompute === 'true' },
  train: { ...train, batch: { positions: 1500 } },
  // plan does not count them
  checkpoint: { every: 10 },
};
if (what === 'plan') console.log(JSON.stringify((await plan({ config, plugins: [toy], engine })).memory));
else {
  let total = 0;
  let held = 0;
  const looked = tap<{ readonly type: string }>(({ type }) => {
    if (type !== 'step') return;
    total = 1024 * process.resourceUsage().maxRSS;
    held = memoryReport().heldBytes ?? 0;
  });
  await lastValueFrom(startRun({ config, directory: directory!, plugins: [toy], engine, steps: 25 }).pipe(looked));
  console.log(JSON.stringify({ held, total }));
}
