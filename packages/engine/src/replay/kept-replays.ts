import { StepReplay } from './step-replay.js';

/** Most bytes that are held for what may be done again. */
const mostBytes = 64 * 2 ** 20;

/** Replays of what was done before, by kind, for when the like is done again: the latest ones, as many as fit into 64 MB. */
export class KeptReplays {
  /** The latest last. */
  private readonly kept = new Map<string, StepReplay>();

  /** What the last of a kind left, or a new replay. It is the caller's until it is given back. */
  take(kind: string): StepReplay {
    const replay = this.kept.get(kind) ?? new StepReplay();
    this.kept.delete(kind);
    return replay;
  }

  /** Takes a replay back, after what was made in it was disposed. */
  giveBack(kind: string, replay: StepReplay): void {
    const other = replay.isReady ? this.kept.get(kind) : replay;
    other?.dispose();
    if (other === replay) return;
    this.kept.delete(kind);
    this.kept.set(kind, replay);
    let bytes = 0;
    for (const [name, one] of [...this.kept].reverse()) {
      if (one.isReady && bytes + one.bytes <= mostBytes) bytes += one.bytes;
      else {
        this.kept.delete(name);
        one.dispose();
      }
    }
  }
}
