import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ClusterRouter, type ExecuteOptions } from '@sinkron/cluster';
import type { CreateSessionCommand, EndSessionCommand } from '../core/commands/lock-command.js';
import type { SessionQuery, SessionsQuery } from '../core/commands/lock-query.js';
import type { Alive, KeepAliveRequest } from '../core/commands/lock-request.js';
import type { EndSessionResult, SessionNotFound } from '../core/commands/lock-result.js';
import type { SessionPage, SessionView } from '../core/commands/lock-view.js';
import {
  readCreateSessionResult,
  readEndSessionResult,
  readKeepAlive,
} from '../core/commands/reading/read-result.js';
import { readSessionPage, readSessionView } from '../core/commands/reading/read-view.js';
import { EXPIRING_RETRY_DELAY_MS } from '../core/limits.js';
import { expiryUndecided } from '../lock-problems.js';
import type { Outcome, ReadOptions } from '../locks.service.js';
import { LOCKS } from '../waiting/lock-target.js';
import { GatheredTurns } from './gathered-turns.js';
import { KEEP_ALIVE_GATHER_MS } from './limits.js';
import { newSessionId } from './session-id.js';

/** A session that was made. */
export interface CreatedSession {
  readonly status: 'created';
  readonly sessionId: string;
  readonly ttlMs: number;
  /** Milliseconds of Unix time. */
  readonly expiresAtMs: number;
}

export interface KeepAliveOptions extends Pick<ExecuteOptions, 'deadlineMs'> {
  /** Over which it came: the same object for each request over it. */
  readonly connection: object;
}

/**
 * Sessions of the cluster from any of its nodes: leases that many locks share.
 *
 * Every method throws the router's ProblemErrors: NO_LEADER, NO_QUORUM, OVERLOADED and
 * ROLE_ABSENT when certainly nothing happened, OUTCOME_UNKNOWN when that is unsure.
 */
@Injectable()
export class SessionsService {
  private readonly turns = new GatheredTurns({
    nowMs: () => Date.now(),
    after: (delayMs, callback) => void setTimeout(callback, delayMs),
  });

  constructor(private readonly router: ClusterRouter) {}

  /** Makes a session. `full`: there are SESSIONS_MAX already. */
  async create(
    request: Omit<CreateSessionCommand, 'kind' | 'sessionId'>,
    options: ExecuteOptions,
  ): Promise<Outcome<CreatedSession | { readonly status: 'full' }>> {
    const sessionId = newSessionId(options.idempotency);
    const command: CreateSessionCommand = { kind: 'create-session', sessionId, ...request };
    const { result, replayed } = await this.router.execute(LOCKS, command, options);
    const created = readCreateSessionResult(result);
    switch (created.status) {
      case 'created':
        return { result: { ...created, sessionId }, replayed };
      case 'full':
        return { result: created, replayed };
      case 'exists':
        // Its key was forgotten and is used anew while the session lives: this is another session.
        return this.create(request, { deadlineMs: options.deadlineMs });
    }
  }

  /** Begins the session's lease anew, in the leader's memory. */
  async keepAlive(
    sessionId: string,
    { deadlineMs, connection }: KeepAliveOptions,
  ): Promise<Alive | SessionNotFound> {
    const request: KeepAliveRequest = { kind: 'keepalive', sessionId };
    const turn =
      deadlineMs - performance.now() > 2 * KEEP_ALIVE_GATHER_MS
        ? this.turns.turn(connection)
        : null;
    if (turn !== null) await turn;
    for (;;) {
      const answer = readKeepAlive(await this.router.leaderRequest(LOCKS, request, { deadlineMs }));
      if (answer.status !== 'expiring') return answer;
      if (deadlineMs - performance.now() <= EXPIRING_RETRY_DELAY_MS) throw expiryUndecided();
      await delay(EXPIRING_RETRY_DELAY_MS);
    }
  }

  /** Releases what the session holds and takes it out of its queues. */
  async end(sessionId: string, options: ExecuteOptions): Promise<Outcome<EndSessionResult>> {
    const command: EndSessionCommand = { kind: 'end-session', sessionId };
    const { result, replayed } = await this.router.execute(LOCKS, command, options);
    return { result: readEndSessionResult(result), replayed };
  }

  /** One session, or null. */
  async get(sessionId: string, options: ReadOptions): Promise<SessionView | null> {
    const query: SessionQuery = { kind: 'session', sessionId };
    return readSessionView(await this.router.query(LOCKS, query, options));
  }

  /** A page of sessions in byte order of their ids. */
  async list(page: Omit<SessionsQuery, 'kind'>, options: ReadOptions): Promise<SessionPage> {
    const query: SessionsQuery = { kind: 'sessions', ...page };
    return readSessionPage(await this.router.query(LOCKS, query, options));
  }
}
