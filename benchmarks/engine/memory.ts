import { readFileSync } from 'node:fs';

/** The most memory that this process has had, in MB of 2^20 bytes. */
export const peakMemory = (): number => {
  try {
    // What getrusage says outlives exec: a child begins with its parent's peak.
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes) return Number(kilobytes) / 1024;
  } catch {}
  return process.resourceUsage().maxRSS / 1024;
};
