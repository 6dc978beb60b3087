import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { IdempotentRequest } from '@sinkron/http';
import type { ReleaseCommand } from '../core/commands/lock-command.js';
import type { Grant } from '../core/commands/lock-result.js';
import {
  RELEASE_RETRY_MS,
  RELEASE_TIMEOUT_MS,
  SHUTDOWN_RELEASE_MS,
  UNDELIVERED_GRANTS_MAX,
} from './limits.js';
import { LOCKS, type WaitingRouter } from './lock-target.js';
import { isFailedAttempt } from './waiting-problems.js';

/** Gives grants back whose clients were gone before they could be told. */
export class UndeliveredGrants {
  private readonly logger = new Logger(UndeliveredGrants.name);
  private readonly underWay = new Set<Promise<void>>();
  private stopped = false;

  constructor(private readonly router: Pick<WaitingRouter, 'execute'>) {}

  /** Begins to give a grant back, and goes on until that is decided. */
  giveBack(owner: string, grants: readonly Grant[]): void {
    const locks = grants.map(({ name, token }) => ({ name, token }));
    if (this.underWay.size >= UNDELIVERED_GRANTS_MAX) {
      this.logger.warn('an undelivered grant is left to the end of its lease', { owner, locks });
      return;
    }
    this.logger.log('a grant could not be delivered and is given back', { owner, locks });
    const release: Promise<void> = this.release({ kind: 'release', owner, locks }).finally(() =>
      this.underWay.delete(release),
    );
    this.underWay.add(release);
  }

  /** Waits for those under way, but not long; what is left then, is left to the end of its lease. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.race([Promise.all(this.underWay), pause(SHUTDOWN_RELEASE_MS)]);
  }

  private async release(command: ReleaseCommand): Promise<void> {
    // A release that was applied although its answer was lost would take another hold of the owner.
    const idempotency: IdempotentRequest = {
      key: randomUUID(),
      fingerprint: 'undelivered',
      method: 'RELEASE',
      path: '/undelivered',
    };
    let warned = false;
    for (;;) {
      const deadlineMs = performance.now() + RELEASE_TIMEOUT_MS;
      try {
        await this.router.execute(LOCKS, command, { deadlineMs, idempotency });
        return;
      } catch (error) {
        if (!isFailedAttempt(error)) throw error;
        const { owner, locks } = command;
        if (!warned) {
          const reason = error.message;
          this.logger.warn('a grant could not be given back yet', { owner, locks, reason });
        }
        warned = true;
      }
      if (this.stopped) return;
      await pause(RELEASE_RETRY_MS);
    }
  }
}

/** Keeps no process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
