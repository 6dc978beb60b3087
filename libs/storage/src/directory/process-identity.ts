import { readFileSync } from 'node:fs';
import { codeOf } from '../foreign-error.js';

/** Names one process, also after its pid has been given to another. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot, and the boot; null where there is no /proc. */
  readonly started: string | null;
}

/** Where the start time stands behind the command, which is in parentheses and may hold any byte. */
const START_TIME_FIELD = 19;

export function processIdentity(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

/** Whether the process that wrote `identity` still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  // kill(0) would ask about our own process group.
  if (identity.pid <= 0) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it runs under another user.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const started = startOf(identity.pid);
  return started === null || identity.started === null || started === identity.started;
}

function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${ticks}`;
  } catch {
    return null;
  }
}
