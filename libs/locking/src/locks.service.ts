import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ClusterRouter, COORDINATION_GROUP, type ExecuteOptions } from '@sinkron/cluster';
import type { ReadConsistency } from '@sinkron/http';
import type { AcquireCommand, ReleaseCommand, RenewCommand } from './core/commands/lock-command.js';
import type { GetQuery, ListQuery, LockPage, LockView } from './core/commands/lock-query.js';
import type {
  Full,
  Granted,
  Held,
  NotHolder,
  Released,
  Renewed,
} from './core/commands/lock-result.js';
import {
  readAcquireResult,
  readLeaseRenewal,
  readLockPage,
  readLockView,
  readReleaseResult,
  readRenewResult,
} from './core/commands/read-result.js';
import { EXPIRING_RETRY_DELAY_MS } from './core/limits.js';
import { LOCK_MACHINE } from './lock-machine.js';
import { expiryUndecided } from './lock-problems.js';

const TARGET = { group: COORDINATION_GROUP, machine: LOCK_MACHINE };

/** How a reader wants its answer. */
export interface ReadOptions {
  /** When the caller stops waiting, milliseconds as `performance.now()` counts them. */
  readonly deadlineMs: number;
  readonly consistency: ReadConsistency;
}

/** An outcome and whether an Idempotency-Key repeated it. */
export interface Outcome<Result> {
  readonly result: Result;
  readonly replayed: boolean;
}

/**
 * Locks of the cluster from any of its nodes.
 *
 * Every method throws the router's ProblemErrors: NO_LEADER, NO_QUORUM, OVERLOADED and
 * ROLE_ABSENT when certainly nothing happened, OUTCOME_UNKNOWN when that is unsure.
 */
@Injectable()
export class LocksService {
  constructor(private readonly router: ClusterRouter) {}

  /** Takes a lock, or takes it once more for its holder. Never waits for another holder. */
  async acquire(
    request: Omit<AcquireCommand, 'kind'>,
    options: ExecuteOptions,
  ): Promise<Outcome<Granted | Held | Full>> {
    const command: AcquireCommand = { kind: 'acquire', ...request };
    const { result, replayed } = await this.router.execute(TARGET, command, options);
    return { result: readAcquireResult(result), replayed };
  }

  /** Gives one hold back. */
  async release(
    request: Omit<ReleaseCommand, 'kind'>,
    options: ExecuteOptions,
  ): Promise<Outcome<Released | NotHolder>> {
    const command: ReleaseCommand = { kind: 'release', ...request };
    const { result, replayed } = await this.router.execute(TARGET, command, options);
    return { result: readReleaseResult(result), replayed };
  }

  /**
   * Begins the holder's lease anew: in the leader's memory, or through the log when its length
   * changes or an Idempotency-Key must remember the answer.
   */
  async renew(
    request: Omit<RenewCommand, 'kind'>,
    options: ExecuteOptions,
  ): Promise<Outcome<Renewed | NotHolder>> {
    const command: RenewCommand = { kind: 'renew', ...request };
    if (options.idempotency === undefined) {
      const renewal = await this.renewInMemory(command, options.deadlineMs);
      if (renewal !== 'ttl-differs') return { result: renewal, replayed: false };
    }
    const { result, replayed } = await this.router.execute(TARGET, command, options);
    return { result: readRenewResult(result), replayed };
  }

  /** One lock, or null when it is free. */
  async get(name: string, options: ReadOptions): Promise<LockView | null> {
    const query: GetQuery = { kind: 'get', name };
    return readLockView(await this.router.query(TARGET, query, options));
  }

  /** A page of held locks in byte order of their names. */
  async list(page: Omit<ListQuery, 'kind'>, options: ReadOptions): Promise<LockPage> {
    const query: ListQuery = { kind: 'list', ...page };
    return readLockPage(await this.router.query(TARGET, query, options));
  }

  /** A renewal that meets an expiring lease asks again until the expiry is decided. */
  private async renewInMemory(
    command: RenewCommand,
    deadlineMs: number,
  ): Promise<Renewed | NotHolder | 'ttl-differs'> {
    for (;;) {
      const answer = await this.router.leaderRequest(TARGET, command, { deadlineMs });
      const renewal = readLeaseRenewal(answer);
      switch (renewal.status) {
        case 'renewed':
        case 'not-holder':
          return renewal;
        case 'ttl-differs':
          return renewal.status;
        case 'expiring':
          if (deadlineMs - performance.now() <= EXPIRING_RETRY_DELAY_MS) throw expiryUndecided();
          await delay(EXPIRING_RETRY_DELAY_MS);
      }
    }
  }
}
