// npm run -s bench -- NAME [options]
import { AnyformerError } from '@anyformer/engine';
import { benchEndurance } from './endurance/bench.js';
import { benchEngine } from './engine/bench.js';
import { benchMulti30k } from './multi30k/bench.js';
import { benchPlan } from './plan/bench.js';

const benchmarks: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  endurance: benchEndurance,
  engine: benchEngine,
  multi30k: benchMulti30k,
  plan: benchPlan,
};

const [name = '', ...args] = process.argv.slice(2);
const run = benchmarks[name];
try {
  if (run === undefined)
    throw new AnyformerError({
      code: 'bench/usage',
      who: 'bench',
      given: name === '' ? 'no name' : `'${name}'`,
      accepted: `${Object.keys(benchmarks).join(', ')}; NAME --help says more`,
      exit: 2,
    });
  await run(args);
} catch (error) {
  process.stderr.write(`${error instanceof AnyformerError ? error.message : (error as Error).stack}\n`);
  process.exitCode = error instanceof AnyformerError ? error.exit : 1;
}
