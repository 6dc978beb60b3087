import type { LockEffect } from '@sinkron/locking';
import { CallHistory } from '../history/call-history.js';
import { ExactlyOnce } from '../invariants/clients/exactly-once.js';
import { FencingTokens } from '../invariants/clients/fencing-tokens.js';
import { MutualExclusion, sessionLease } from '../invariants/clients/mutual-exclusion.js';
import { ReadFreshness } from '../invariants/clients/read-freshness.js';
import { WaiterFates } from '../invariants/clients/waiter-fates.js';
import type { Observation } from '../node/observed-machine.js';
import { operationOf, statusOf } from '../workload/lock-protocol.js';
import type { World } from '../world/world.js';
import { LockChecks } from './lock-checks.js';
import { partyOf } from './lock-picture.js';

/** What must hold for the clients of the locks, and between what they are told and the log. */
export class ClientChecks {
  readonly exclusion = new MutualExclusion();
  readonly tokens = new FencingTokens();
  readonly commands = new ExactlyOnce();
  readonly reads = new ReadFreshness();
  readonly history: CallHistory;
  readonly locks: LockChecks;
  readonly waiters: WaiterFates;

  constructor(private readonly world: World) {
    this.history = new CallHistory(world);
    this.locks = new LockChecks(world);
    this.waiters = new WaiterFates(this.locks.picture);
  }

  /** The lock machine of the first of all replicas applied a command, or closed a proposer. */
  applied(observation: Observation<LockEffect>): void {
    const { command, applied, context } = observation;
    const { index } = context;
    const operation = operationOf(command);
    if (operation !== null) this.operated(operation, observation);
    for (const effect of applied.effects) this.happened(effect, index);
    const changed = this.locks.applied(observation);
    for (const name of changed) {
      this.reads.changed(name, { index, state: this.stateOf(name) });
    }
  }

  /** One try of an operation ended without an answer and may have happened. */
  unknown(operation: number): void {
    this.commands.unknown(operation);
    this.history.unsure(operation);
  }

  private operated(operation: number, { applied, context }: Observation<LockEffect>): void {
    const status = statusOf(applied.result);
    const { remember: remembered, effects } = applied;
    // A refusal by the state of things has done nothing; a repeat may be told another one.
    const done = DONE.has(status);
    this.commands.applied({ operation, index: context.index, remembered, done });
    if (status !== 'queued') return;
    const waiterId = this.waiters.queued(operation, applied.result);
    const fresh = effects.some(
      (effect) => effect.kind === 'queued' && effect.waiterId === waiterId,
    );
    if (!fresh) this.world.met('repeat joined a waiter');
  }

  private happened(effect: LockEffect, index: number): void {
    const { exclusion, world } = this;
    if (effect.kind === 'granted') {
      if (!effect.reentrant) this.tokens.granted(effect, index, world.nowUs);
      if (effect.waiterId !== null) this.waiters.granted(effect.waiterId);
    }
    if (effect.kind === 'broken') {
      exclusion.revoked([effect.holdId, effect.token]);
      this.tokens.ended(effect.holdId, world.nowUs);
    }
    if (effect.kind === 'session-ended' && effect.reason === 'expired') {
      exclusion.leaseExpired(sessionLease(effect.sessionId), world.nowUs);
    }
    const { kind } = effect;
    if (kind === 'expired' || (kind === 'released' && effect.holds === 0)) {
      const how = kind === 'released' ? effect.reason : kind;
      exclusion.holdEnded(effect.name, partyOf(effect), how, world.nowUs);
      this.tokens.ended(effect.holdId, world.nowUs);
    }
  }

  /** As `readLockState` reads it from a view. */
  private stateOf(name: string): string {
    const { picture } = this.locks;
    const tokens = picture.holdersOf(name).map(({ token }) => token);
    const owners = picture.queueOf(name).map(({ waiter }) => waiter.owner);
    return `${tokens.sort((left, right) => left - right).join()};${owners.join()}`;
  }
}

/** Results of commands that did what was asked for. */
const DONE: ReadonlySet<string> = new Set([
  'granted',
  'released',
  'renewed',
  'broken',
  'created',
  'ended',
]);
