import path from 'node:path';
import { lastValueFrom, toArray } from 'rxjs';
import type { TrainEvent } from '../train/events.js';
import { type StartRunOptions, startRun } from './start.js';
import { toy, toyConfig } from './toy.test-support.js';

/** Runs of the toy config in sub-folders of a folder, each to its end. */
export const toyRuns =
  (root: string) =>
  (name: string, options: Partial<StartRunOptions> = {}): Promise<TrainEvent[]> =>
    lastValueFrom(startRun({ config: toyConfig, directory: path.join(root, name), plugins: [toy], ...options }).pipe(toArray()));
