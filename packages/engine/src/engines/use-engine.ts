import { AnyformerError, nearest } from '../error.js';
import * as tf from '../tf.js';
import { cpu } from './cpu.js';
import type { Engine, EngineInfo, EngineReport } from './engine.js';
import { native } from './native/native.js';
import { tensorflow } from './tensorflow/tensorflow.js';
import { wasm } from './wasm/wasm.js';

/** Every engine, best first. */
const engines: readonly Engine[] = [native, wasm, tensorflow, cpu];

/** Their ids. */
export const engineIds: readonly string[] = engines.map(({ id }) => id);

let current: { info: EngineInfo; asked: string; backend: string } | undefined;

/** What {@link useEngine} takes. */
export interface UseEngineOptions {
  /** An id, or `auto`: the best that loads. */
  engine?: string | undefined;
  /** Threads for an engine that has them; all cores where not given. */
  threads?: number | undefined;
}

/**
 * Chooses the compute engine: what is asked for, else the environment's `ANYFORMER_ENGINE`, else the best that loads. Asking again for
 * the same changes nothing; asking for another switches (tensors follow). Throws `engine/unknown` (exit 3) with the list,
 * `engine/threads`.
 */
export async function useEngine({ engine, threads }: UseEngineOptions = {}): Promise<EngineInfo> {
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads > 0))
    throw new AnyformerError({ code: 'engine/threads', who: 'threads', given: `${threads}`, accepted: 'a whole number from 1', exit: 2 });
  const named = engine ?? (globalThis.process?.env.ANYFORMER_ENGINE || 'auto');
  const asked = `${named} ${threads ?? 'auto'}`;
  if (current?.asked === asked && tf.getBackend() === current.backend) return current.info;
  const info = await start(named, threads);
  current = { info, asked, backend: tf.getBackend() };
  return info;
}

/** The engine in use. Throws `engine/none` before the first {@link useEngine}. */
export function currentEngine(): EngineInfo {
  if (current) return current.info;
  throw new AnyformerError({ code: 'engine/none', who: 'engine', given: 'nothing chosen yet', fix: 'Call useEngine() first.', exit: 3 });
}

/** Looks at every engine, best first: does it load, if not why, and what to do. */
export async function probeEngines(): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const engine of engines) reports.push(await engine.probe());
  return reports;
}

async function start(named: string, threads: number | undefined): Promise<EngineInfo> {
  if (named !== 'auto') {
    const engine = engines.find(({ id }) => id === named);
    if (!engine) throw unknown(named);
    return engine.start(threads);
  }
  const passed: string[] = [];
  for (const engine of engines) {
    if (!engine.automatic) continue;
    const { id, loads, reason } = await engine.probe();
    if (!loads) {
      passed.push(`engine ${id} does not load (${reason})`);
      continue;
    }
    const info = await engine.start(threads);
    if (passed.length === 0) return info;
    return { ...info, passedOver: [`${passed.join(', ')}: ${info.id} is used`, info.passedOver].filter(Boolean).join('; ') };
  }
  throw new AnyformerError({ code: 'engine/none', who: 'engine', given: 'no engine loads here', fix: 'See `anyformer doctor`.', exit: 3 });
}

function unknown(given: string): AnyformerError {
  const near = nearest(given, engineIds);
  return new AnyformerError({
    code: 'engine/unknown',
    who: 'engine',
    given: `no engine is called '${given}'`,
    accepted: `${engineIds.join(', ')}, auto`,
    fix: near ? `Did you mean '${near}'?` : 'See `anyformer doctor`.',
    exit: 3,
  });
}
