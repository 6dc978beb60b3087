import type { LockEffect } from '@sinkron/locking';
import { expectCompatibleHolders } from '../invariants/locks/compatible-holders.js';
import { expectCompleteEffects } from '../invariants/locks/complete-effects.js';
import {
  closesCycle,
  expectNoDeadlock,
  expectRealDeadlock,
  type Requester,
} from '../invariants/locks/deadlocks.js';
import { GrantOrder } from '../invariants/locks/grant-order.js';
import { expectDelayKept } from '../invariants/locks/lock-delays.js';
import { expectPromptGrants } from '../invariants/locks/prompt-grants.js';
import { expectPlacedLast } from '../invariants/locks/queue-order.js';
import { expectSoftMoves } from '../invariants/locks/soft-edges.js';
import type { Observation } from '../node/observed-machine.js';
import { commandKind, readRequester } from '../workload/lock-protocol.js';
import type { World } from '../world/world.js';
import { LockPicture } from './lock-picture.js';
import { queuesOf } from './wait-graph.js';

/** Effects that leave holders and queues as they were. */
const QUIET: ReadonlySet<LockEffect['kind']> = new Set(['renewed', 'claimed', 'session-created']);

/**
 * What must hold for the lock table after every command, as the first of all replicas applies it;
 * the others do the same, as their outcomes and digests show.
 */
export class LockChecks {
  readonly picture = new LockPicture();
  private readonly order = new GrantOrder();
  /** Who may be granted now that a proposer is closed is granted by a sweep. */
  private sweepDue = false;
  private waiterMax = 0;

  constructor(private readonly world: World) {}

  /** @returns the names of the locks that changed. */
  applied(observation: Observation<LockEffect>): ReadonlySet<string> {
    const { picture, world } = this;
    const { command, applied, context, changes } = observation;
    const { effects } = applied;
    const names = this.namesIn(effects);
    if (effects.every(({ kind }) => QUIET.has(kind)) && changes.length === 0) return names;
    const kind = commandKind(command);
    const requester = kind === 'acquire' ? readRequester(command) : null;
    this.expectRefusal(effects, requester);
    const stood = queuesOf(picture);
    this.order.before(stood, picture);
    const softened = requester !== null && this.mayPass(requester, changes.length);
    for (const effect of effects) {
      expectDelayKept(picture, effect, { nowUs: world.nowUs, broken: kind === 'break' });
      this.meet(effect, observation);
      picture.apply(effect, context.term, world.nowUs);
    }
    const moved = picture.rank(changes);
    expectSoftMoves(moved, softened, this.waiterMax);
    this.placed(effects, moved, stood);
    for (const effect of effects) {
      if (effect.kind === 'granted') this.order.granted(effect, picture, new Set(moved));
    }
    if (observation.closed !== null) this.sweepDue = true;
    if (kind === 'sweep') this.sweepDue = false;
    expectCompleteEffects(picture, changes);
    expectCompatibleHolders(picture, names);
    const queues = queuesOf(picture);
    expectNoDeadlock(picture, queues);
    if (!this.sweepDue) expectPromptGrants(picture, queues);
    return names;
  }

  /** A request that was refused would have waited for itself. */
  private expectRefusal(effects: readonly LockEffect[], requester: Requester | null): void {
    const [first] = effects;
    if (first?.kind !== 'deadlock' || requester === null || effects.length > 1) return;
    this.world.met('deadlock refused');
    expectRealDeadlock(this.picture, requester, first.cycle);
  }

  /** Whether the request may let waiting multi-locks wait behind it. */
  private mayPass(requester: Requester, changes: number): boolean {
    return changes > 0 && closesCycle(this.picture, requester);
  }

  /** @param stood the queues before the command. */
  private placed(
    effects: readonly LockEffect[],
    moved: ReturnType<LockPicture['rank']>,
    stood: ReturnType<typeof queuesOf>,
  ): void {
    const { picture, world } = this;
    if (moved.length > 0) world.met('soft edge passed');
    for (const effect of effects) {
      if (effect.kind !== 'queued') continue;
      this.waiterMax = Math.max(this.waiterMax, effect.waiterId);
      const waiter = picture.waiters.get(effect.waiterId);
      for (const place of waiter?.places ?? []) {
        expectPlacedLast(stood.get(place.name) ?? [], place);
      }
    }
    for (const { rank } of moved) this.waiterMax = Math.max(this.waiterMax, rank);
  }

  private meet(effect: LockEffect, observation: Observation<LockEffect>): void {
    const { world } = this;
    const { kind } = effect;
    if (kind === 'granted') this.meetGrant(effect, observation);
    if (kind === 'left' && observation.closed !== null) world.met('waiter gone with its node');
    if (kind === 'expired') world.met('lease expired');
    if (kind === 'expired' && effect.sessionId !== null) world.met('session expired with locks');
    if (kind === 'broken') world.met('lock broken');
    if (kind === 'delay-ended') world.met('lock-delay waited');
    if (kind !== 'released') return;
    if (effect.reason === 'abandoned') world.met('abandoned grant released');
    if (effect.reason === 'cancelled') world.met('grant given back by a cancellation');
    if (effect.reason === 'session') world.met('session deleted with locks');
  }

  private meetGrant(
    { waiterId, holds, reentrant }: Extract<LockEffect, { kind: 'granted' }>,
    { command, context }: Observation<LockEffect>,
  ): void {
    const { world, picture } = this;
    const waiter = waiterId === null ? undefined : picture.waiters.get(waiterId);
    if (waiter === undefined) return;
    world.met('waiter granted');
    if (waiter.term < context.term) world.met('waiter kept over a change of leader');
    if (waiter.places.length > 1) world.met('multi-lock waited');
    if (holds > 1 && !reentrant) world.met('upgrade waited');
    if (commandKind(command) === 'expire') world.met('waiter granted by an expiry');
  }

  /** The locks that the effects are about, as it stands before them. */
  private namesIn(effects: readonly LockEffect[]): ReadonlySet<string> {
    const names = new Set<string>();
    for (const effect of effects) {
      if (effect.kind === 'queued') for (const { name } of effect.locks) names.add(name);
      else if ('name' in effect) names.add(effect.name);
      else if (effect.kind === 'left') {
        const places = this.picture.waiters.get(effect.waiterId)?.places ?? [];
        for (const { name } of places) names.add(name);
      }
    }
    return names;
  }
}
