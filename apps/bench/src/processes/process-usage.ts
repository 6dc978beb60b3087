import { readFileSync } from 'node:fs';

/** Linux counts CPU time for programs in hundredths of a second, on every machine (USER_HZ). */
const TICKS_PER_SECOND = 100;
/** Of /proc/<pid>/stat, counted behind the name in parentheses: utime and stime. */
const USER_TIME_FIELD = 11;
const SYSTEM_TIME_FIELD = 12;

/** Seconds of CPU time of a process since its start, user and system; 0 when it is gone. */
export function cpuSeconds(pid: number): number {
  const stat = readProcess(pid, 'stat');
  return stat === null ? 0 : parseCpuSeconds(stat);
}

/** Anonymous resident memory in KiB: what the process itself filled, not the files it maps. */
export function anonymousKib(pid: number): number {
  const status = readProcess(pid, 'status');
  return status === null ? 0 : parseAnonymousKib(status);
}

export function parseCpuSeconds(stat: string): number {
  // The name may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TIME_FIELD]) + Number(fields[SYSTEM_TIME_FIELD]);
  return ticks / TICKS_PER_SECOND;
}

export function parseAnonymousKib(status: string): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
}

function readProcess(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}
