import { useEngine } from '@anyformer/engine';
import { lastValueFrom } from 'rxjs';
import { startRun } from './start.js';
import { toy, toyConfig } from './toy.test-support.js';

// A process to be killed: `node killed.test-support.js FOLDER STEPS`. Resumes whatever it finds and saves after every step.
const [directory, steps] = process.argv.slice(2);
await useEngine();
const config = { ...toyConfig, checkpoint: { every: 1, keep: 2 } };
await lastValueFrom(startRun({ config, directory: directory!, plugins: [toy], steps: Number(steps), resume: true }), {
  defaultValue: undefined,
});
