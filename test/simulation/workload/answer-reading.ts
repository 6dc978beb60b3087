import {
  readAcquireResult,
  readCreateSessionResult,
  readKeepAlive,
  readReleaseResult,
  readRenewResult,
  type Grant,
} from '@sinkron/locking';
import type { ClientChecks } from '../checks/client-checks.js';
import type { World } from '../world/world.js';
import type { ClientHoldings } from './client-holdings.js';
import { readLockState, statusOf } from './lock-protocol.js';
import type { Operation, Order } from './operation.js';
import type { Answered } from './order-sending.js';

type Answer = Extract<Answered, { kind: 'answered' }>;

/** What a client makes of the answers to its operations. */
export class AnswerReading {
  constructor(
    private readonly owner: string,
    private readonly holdings: ClientHoldings,
    private readonly world: World,
    private readonly checks: ClientChecks,
  ) {}

  /** @param onlyTry whether no other try of it can be applied yet. */
  answered(operation: Operation, answer: Answer, onlyTry: boolean): void {
    const { checks, world } = this;
    const { order, id } = operation;
    checks.history.answered(operation, answer.result, onlyTry);
    if (answer.applied) checks.reads.answered(checks.commands.answered(id));
    if (order.kind === 'get') return this.read(operation, order.name, answer);
    world.note(statusOf(answer.result));
    switch (order.kind) {
      case 'acquire':
        this.acquired({ ...operation, order }, answer, onlyTry);
        break;
      case 'release':
        this.released(answer);
        break;
      case 'renew':
        this.renewed({ ...operation, order }, answer);
        break;
      case 'create-session': {
        const created = readCreateSessionResult(answer.result);
        if (created.status !== 'created') break;
        this.alive(operation, order.sessionId, created.ttlMs);
        break;
      }
      case 'keep-alive': {
        const told = readKeepAlive(answer.result);
        if (told.status === 'alive') {
          world.met('session kept alive');
          this.alive(operation, order.sessionId, told.ttlMs);
        } else if (told.status === 'session-not-found') {
          this.holdings.sessionEnded(order.sessionId);
        }
        break;
      }
      case 'break':
      case 'end-session':
    }
  }

  private read({ answeredIndex }: Operation, lock: string, answer: Answer): void {
    const { appliedIndex, result } = answer;
    const state = readLockState(result);
    this.checks.reads.read(lock, answeredIndex, { appliedIndex, state });
  }

  private acquired(
    operation: Operation & { readonly order: Extract<Order, { kind: 'acquire' }> },
    answer: Answer,
    onlyTry: boolean,
  ): void {
    const { holdings, checks, world } = this;
    const { order, id } = operation;
    const status = statusOf(answer.result);
    if (status === 'wait-timeout') {
      world.met('wait timed out');
      // Another try of the same key may wait on, and begin a lease yet.
      if (!onlyTry) return;
      checks.waiters.toldNothing(id);
      return holdings.notGranted(operation);
    }
    const result = readAcquireResult(answer.result);
    if (result.status !== 'granted') {
      if (result.status === 'session-not-found' && order.sessionId !== null) {
        holdings.sessionEnded(order.sessionId);
      }
      if (onlyTry) holdings.notGranted(operation);
      return;
    }
    for (const grant of result.locks) this.token(operation, grant);
    const fromUs = Math.max(operation.askedAtUs, answer.leaseFromUs ?? 0);
    holdings.granted(operation, result.locks, { more: true, fromUs, nowUs: world.nowUs });
  }

  private token({ tokensBefore, askedAtUs: atUs }: Operation, { name, token }: Grant): void {
    const before = tokensBefore.get(name) ?? 0;
    this.checks.tokens.told(name, this.owner, token, { before, atUs });
  }

  private released(answer: Answer): void {
    const result = readReleaseResult(answer.result);
    if (result.status === 'not-holder') this.holdings.notHolder(result.name, result.token);
  }

  private renewed(
    operation: Operation & { readonly order: Extract<Order, { kind: 'renew' }> },
    answer: Answer,
  ): void {
    const { holdings, world } = this;
    const result = readRenewResult(answer.result);
    if (result.status === 'not-holder') {
      holdings.notHolder(result.name, result.token);
      return holdings.notGranted(operation);
    }
    world.met(answer.applied ? 'lease renewed in the log' : 'lease renewed in memory');
    const { askedAtUs: fromUs } = operation;
    holdings.granted(operation, result.locks, { more: false, fromUs, nowUs: world.nowUs });
  }

  private alive({ id, askedAtUs }: Operation, sessionId: string, ttlMs: number): void {
    const at = { fromUs: askedAtUs, nowUs: this.world.nowUs };
    this.holdings.sessionAlive(id, sessionId, ttlMs, at);
  }
}
