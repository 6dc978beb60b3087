import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoadFailure, type LockClient } from '../lock-client.js';
import type { Tally } from '../tally.js';

/** Milliseconds between two probes. */
const PROBE_INTERVAL_MS = 20;

export interface RecoveryOptions {
  readonly killPid: number;
  /** Milliseconds of load before the kill. */
  readonly warmUpMs: number;
}

/**
 * Kills a process under load, and measures from the kill to the first answer of success to an
 * acquire that was sent after it.
 *
 * A closed loop whose request the dead leader took along may hang for seconds (7 s in etcd), which
 * says little about the cluster: so a probe is sent at fixed times besides, whatever became of
 * those before.
 *
 * @param loops clients that acquire and release in closed loops all the time.
 * @param probers clients for the probes, each used once.
 * @throws LoadFailure when nothing succeeds in the time of measuring.
 */
export async function runRecovery(
  loops: readonly LockClient[],
  probers: readonly LockClient[],
  { killPid, warmUpMs }: RecoveryOptions,
  tally: Tally,
): Promise<void> {
  const recovery = new Recovery(killPid, tally);
  for (const [index, client] of loops.entries()) void recovery.loop(client, index);
  // A little later than the warm-up ends, so that nothing of this falls out of the measuring.
  await sleep(warmUpMs + 1);
  recovery.kill();
  for (const [index, client] of probers.entries()) {
    if (!recovery.awaited) break;
    void recovery.pair(client, `probe.${index}`);
    await sleep(PROBE_INTERVAL_MS);
  }
  while (recovery.awaited) await sleep(PROBE_INTERVAL_MS);
  if (!recovery.succeeded) throw new LoadFailure('NO_RECOVERY', `after the kill of ${killPid}`);
}

class Recovery {
  succeeded = false;
  private killedAt: number | null = null;

  constructor(
    private readonly killPid: number,
    private readonly tally: Tally,
  ) {}

  /** Whether it may still come. */
  get awaited(): boolean {
    return !this.succeeded && this.tally.running;
  }

  kill(): void {
    process.kill(this.killPid, 'SIGKILL');
    this.killedAt = performance.now();
  }

  async loop(client: LockClient, index: number): Promise<void> {
    for (let turn = 0; this.awaited; turn += 1) await this.pair(client, `loop.${index}.${turn}`);
  }

  async pair(client: LockClient, suffix: string): Promise<void> {
    const sentAt = performance.now();
    const name = `recovery.${this.killPid}.${suffix}`;
    try {
      const held = await client.acquire({ name, owner: suffix, mode: 'exclusive', waitMs: 0 });
      if (this.killedAt !== null && sentAt >= this.killedAt && !this.succeeded) {
        this.succeeded = true;
        this.tally.took('recovery', this.killedAt);
        this.tally.succeeded();
      }
      await client.release(held);
    } catch (error) {
      if (this.awaited) await this.tally.failed(error);
    }
  }
}
