import { tensorCount } from '@anyformer/engine';
import { Bench, type Subject } from './bench.js';
import type { Check, Fault } from './check.js';
import { generationChecks } from './checks/generation.js';
import { gradientCheck } from './checks/gradients.js';
import { growthCheck } from './checks/growth.js';
import { sequenceChecks } from './checks/sequence.js';
import { stateChecks } from './checks/state.js';

/** Every check there is, in the order they are run. */
export const checks: readonly Check[] = [...sequenceChecks, gradientCheck, growthCheck, ...stateChecks, ...generationChecks];

/**
 * Checks everything a modality promises: shapes, padding invariance, a gradient for every parameter on the engine in use, no growth,
 * determinism, save and restore; and of one that can be written: shifted targets, steps, rendering. Choose the engine before (`useEngine`).
 *
 * @returns the faults found, in the order of the checks; none if the modality conforms.
 */
export const conformance = async <Raw>(subject: Subject<Raw>): Promise<Fault[]> => {
  const faults: Fault[] = [];
  const left: Fault[] = [];
  for (const check of checks) {
    const before = tensorCount();
    let bench: Bench | undefined;
    try {
      bench = await Bench.of(subject);
      await check.run(bench);
    } catch (error) {
      faults.push({ check: check.name, message: error instanceof Error ? error.message : String(error) });
    }
    bench?.dispose();
    const grown = tensorCount() - before;
    if (grown > 0) left.push({ check: growthCheck.name, message: `${grown} tensors are left after the check '${check.name}'` });
  }
  return left.length > 0 && !faults.some(({ check }) => check === growthCheck.name) ? [...faults, left[0]!] : faults;
};
