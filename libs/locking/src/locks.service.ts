import { setTimeout as delay } from 'node:timers/promises';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ClusterRouter, type ExecuteOptions } from '@sinkron/cluster';
import type { ReadConsistency } from '@sinkron/http';
import type { BreakCommand, ReleaseCommand, RenewCommand } from './core/commands/lock-command.js';
import type { GetQuery, GraphQuery, ListQuery } from './core/commands/lock-query.js';
import type { RenewRequest } from './core/commands/lock-request.js';
import type { BreakResult, ReleaseResult, RenewResult } from './core/commands/lock-result.js';
import type { LockPage, LockView, WaitForGraph } from './core/commands/lock-view.js';
import {
  readBreakResult,
  readLeaseRenewal,
  readReleaseResult,
  readRenewResult,
} from './core/commands/reading/read-result.js';
import { readGraph, readLockPage, readLockView } from './core/commands/reading/read-view.js';
import { EXPIRING_RETRY_DELAY_MS } from './core/limits.js';
import { expiryUndecided } from './lock-problems.js';
import { AcquireDurations } from './waiting/acquire-durations.metric.js';
import type { AcquireOutcome, AcquireRequest, Call } from './waiting/acquire-request.js';
import { Acquirer } from './waiting/acquirer.js';
import { LOCKS } from './waiting/lock-target.js';
import { UndeliveredGrants } from './waiting/undelivered-grants.js';
import { WaitingRequests } from './waiting/waiting-requests.js';

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
 * Every method throws the router's ProblemErrors: NO_LEADER, NO_QUORUM, OVERLOADED, ROLE_ABSENT
 * and STORAGE_FULL when certainly nothing happened, OUTCOME_UNKNOWN when that is unsure.
 */
@Injectable()
export class LocksService
  implements OnModuleInit, OnModuleDestroy, BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly waiting: WaitingRequests;
  private readonly undelivered: UndeliveredGrants;
  private readonly acquirer: Acquirer;

  constructor(private readonly router: ClusterRouter) {
    this.undelivered = new UndeliveredGrants(router);
    this.waiting = new WaitingRequests(router, this.undelivered);
    const durations = new AcquireDurations();
    this.acquirer = new Acquirer(router, this.waiting, this.undelivered, durations);
  }

  onModuleInit(): void {
    this.waiting.start();
  }

  /** The node takes no more requests: those that wait are answered while it can still ask. */
  onModuleDestroy(): void {
    this.waiting.close();
  }

  /** Before the server waits for its answers, and before the replicas stop. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.waiting.closed();
  }

  /** After the last answer was written, or cut off. */
  async onApplicationShutdown(): Promise<void> {
    this.waiting.stop();
    await this.undelivered.stop();
  }

  /**
   * Takes locks, all or none, or takes them once more for their holder; waits for them up to
   * `waitMs`. A grant whose client goes before it is told, and has no Idempotency-Key, is given
   * back.
   *
   * @throws ProblemError SHUTTING_DOWN, besides those of every method: it waits no more, and has
   * got nothing.
   */
  acquire(request: AcquireRequest, call: Call): Promise<Outcome<AcquireOutcome>> {
    return this.acquirer.acquire(request, call);
  }

  /** Gives one hold of each lock back, all or none. */
  async release(
    request: Omit<ReleaseCommand, 'kind'>,
    options: ExecuteOptions,
  ): Promise<Outcome<ReleaseResult>> {
    const command: ReleaseCommand = { kind: 'release', ...request };
    const { result, replayed } = await this.router.execute(LOCKS, command, options);
    return { result: readReleaseResult(result), replayed };
  }

  /**
   * Begins the leases of holds anew, all or none: in the leader's memory, or through the log when a
   * length changes or an Idempotency-Key must remember the answer.
   */
  async renew(
    request: Omit<RenewCommand, 'kind'>,
    options: ExecuteOptions,
  ): Promise<Outcome<RenewResult>> {
    const command: RenewCommand = { kind: 'renew', ...request };
    if (options.idempotency === undefined) {
      const renewal = await this.renewInMemory(command, options.deadlineMs);
      if (renewal !== 'ttl-differs') return { result: renewal, replayed: false };
    }
    const { result, replayed } = await this.router.execute(LOCKS, command, options);
    return { result: readRenewResult(result), replayed };
  }

  /** Takes a lock away from whoever holds it; the waiters are granted it at once. */
  async break(name: string, options: ExecuteOptions): Promise<Outcome<BreakResult>> {
    const command: BreakCommand = { kind: 'break', name };
    const { result, replayed } = await this.router.execute(LOCKS, command, options);
    return { result: readBreakResult(result), replayed };
  }

  /** One lock, or null when it is free and nobody waits for it. */
  async get(name: string, options: ReadOptions): Promise<LockView | null> {
    const query: GetQuery = { kind: 'get', name };
    return readLockView(await this.router.query(LOCKS, query, options));
  }

  /** A page of locks in byte order of their names. */
  async list(page: Omit<ListQuery, 'kind'>, options: ReadOptions): Promise<LockPage> {
    const query: ListQuery = { kind: 'list', ...page };
    return readLockPage(await this.router.query(LOCKS, query, options));
  }

  /** Who waits for whom. */
  async graph(options: ReadOptions): Promise<WaitForGraph> {
    const query: GraphQuery = { kind: 'graph' };
    return readGraph(await this.router.query(LOCKS, query, options));
  }

  /** A renewal that meets an expiring lease asks again until the expiry is decided. */
  private async renewInMemory(
    request: RenewRequest,
    deadlineMs: number,
  ): Promise<RenewResult | 'ttl-differs'> {
    for (;;) {
      const answer = await this.router.leaderRequest(LOCKS, request, { deadlineMs });
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
