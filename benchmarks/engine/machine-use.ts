import { readFileSync } from 'node:fs';

/** Processor time in ticks: of the whole machine, idle or not, and of some processes. */
interface Ticks {
  readonly all: number;
  readonly busy: number;
  readonly own: number;
}

const ticks = (processes: readonly number[]): Ticks => {
  const line = /^cpu\s+(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))![1]!.split(' ').map(Number);
  // user, nice, system, idle, iowait, irq, softirq, steal
  const all = line.slice(0, 8).reduce((a, b) => a + b, 0);
  const own = processes.map((pid) => {
    try {
      // The name may hold spaces and brackets: fields are counted behind it.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      // Its own time, and that of its children that have ended.
      return Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
    } catch {
      return 0;
    }
  });
  return { all, busy: all - line[3]! - line[4]!, own: own.reduce((a, b) => a + b, 0) };
};

/** Watches what share of the machine others use from now on; the function says it, or null where the system does not. */
export const watchOthers = (processes: readonly number[]): (() => number | null) => {
  try {
    const before = ticks(processes);
    return () => {
      const after = ticks(processes);
      const all = after.all - before.all;
      return all > 0 ? Math.max(0, (after.busy - before.busy - (after.own - before.own)) / all) : null;
    };
  } catch {
    return () => null;
  }
};
