import { readFile } from 'node:fs/promises';
import { codeOf } from '../system-error.js';

/** A process that can be told from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in clock ticks since the boot; null where /proc does not tell. */
  readonly startTicks: string | null;
}

export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, startTicks: await startTicksOf(pid) };
}

/** Whether that very process still lives; when in doubt, it does. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // EPERM: it lives and is somebody else's.
    return codeOf(error) === 'EPERM';
  }
  const startTicks = await startTicksOf(identity.pid);
  return startTicks === null || identity.startTicks === null || startTicks === identity.startTicks;
}

async function startTicksOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Field 22 of proc(5); the command in field 2 may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
