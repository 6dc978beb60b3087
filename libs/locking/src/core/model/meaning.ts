import { unreachable } from '@sinkron/invariant';
import type { ClaimedHold } from '../commands/holder.js';
import type { DueLease, LockCommand } from '../commands/lock-command.js';
import type { IdempotentRequest } from '../table/ports.js';
import type { Action } from './action.js';
import type { Hold, ReferenceState } from './reference/reference-state.js';

/** The term of every entry. */
export const TERM = 7;

/** A command and who sent it. */
export interface Sent {
  readonly command: LockCommand;
  readonly proposer: string | null;
  readonly key: IdempotentRequest | null;
}

/**
 * What the action means in this state; undefined when there is nothing that it could be about.
 *
 * @param proposers those that are open.
 */
export function meaningOf(
  action: Exclude<Action, { kind: 'close' | 'reopen' }>,
  state: ReferenceState,
  proposers: readonly string[],
): Sent | undefined {
  const proposer = proposers[0] ?? null;
  switch (action.kind) {
    case 'acquire': {
      const { by, key, ...command } = action;
      return { command, proposer: proposers[by] ?? null, key };
    }
    case 'release': {
      const proven = proofOf(action, state);
      if (proven === undefined) return undefined;
      return { command: { kind: 'release', ...proven }, proposer, key: null };
    }
    case 'renew': {
      const proven = proofOf(action, state);
      if (proven === undefined) return undefined;
      const { ttlMs } = action;
      return { command: { kind: 'renew', ...proven, ttlMs }, proposer, key: null };
    }
    case 'cancel':
      return cancelOf(action, state, proposers);
    case 'abandon': {
      const waits = state.holds.flatMap((hold) => hold.waits);
      const wait = pick(
        waits.filter(({ remembered }) => !remembered),
        action.waiter,
      );
      if (wait === undefined) return undefined;
      const term = action.otherTerm ? TERM - 1 : TERM;
      const command = { kind: 'abandon' as const, term, waiters: [wait.waiterId] };
      return { command, proposer: null, key: null };
    }
    case 'expire': {
      const leases = action.leases.flatMap((lease) => dueLease(lease, state) ?? []);
      if (leases.length === 0) return undefined;
      const term = action.otherTerm ? TERM - 1 : TERM;
      return { command: { kind: 'expire', term, leases }, proposer: null, key: null };
    }
    case 'create-session':
      return { command: { ...action, name: null }, proposer, key: null };
    case 'break':
    case 'end-session':
    case 'sweep':
      return { command: action, proposer, key: null };
    default:
      return unreachable(action);
  }
}

function proofOf(
  { hold: at, second, olderToken, wrong }: Extract<Action, { kind: 'release' | 'renew' }>,
  state: ReferenceState,
): { owner: string; locks: readonly ClaimedHold[] } | undefined {
  const hold = pick(state.holds, at);
  if (hold === undefined) return undefined;
  const others = state.holds.filter(({ owner, name }) => {
    return owner === hold.owner && name !== hold.name;
  });
  const other = second === null ? undefined : pick(others, second);
  const claims = [hold, ...(other === undefined ? [] : [other])].map(({ name, ...held }) => {
    return { name, token: olderToken ? (held.olderToken ?? held.token) : held.token };
  });
  const last = claims[claims.length - 1];
  if (last !== undefined && wrong === 'token') last.token += 1_000;
  return { owner: wrong === 'owner' ? 'eve' : hold.owner, locks: claims };
}

function cancelOf(
  { waiting, waiter: at, release, stranger }: Extract<Action, { kind: 'cancel' }>,
  state: ReferenceState,
  proposers: readonly string[],
): Sent | undefined {
  const waits = waiting
    ? state.waiters.map(({ id, proposers: attending }) => ({ id, attending }))
    : state.holds.flatMap((hold) => {
        return hold.waits.map((wait) => ({ id: wait.waiterId, attending: wait.proposers }));
      });
  const wait = pick(waits, at);
  if (wait === undefined) return undefined;
  const those = proposers.filter((proposer) => wait.attending.includes(proposer) !== stranger);
  const proposer = pick(those, at);
  if (proposer === undefined) return undefined;
  return { command: { kind: 'cancel', waiterId: wait.id, release }, proposer, key: null };
}

function dueLease(
  { of, which, stale }: Extract<Action, { kind: 'expire' }>['leases'][number],
  state: ReferenceState,
): DueLease | undefined {
  const late = stale ? 1 : 0;
  if (of === 'session') {
    const session = pick(state.sessions, which);
    if (session === undefined) return undefined;
    const { sessionId, leaseIndex } = session;
    return { kind: 'session', sessionId, leaseIndex: leaseIndex - late };
  }
  if (of === 'delay') {
    const delay = pick(state.delays, which);
    if (delay === undefined) return undefined;
    return { kind: 'delay', name: delay.name, leaseIndex: delay.leaseIndex - late };
  }
  const hold = pick<Hold>(
    state.holds.filter(({ sessionId }) => sessionId === null),
    which,
  );
  if (hold === undefined) return undefined;
  return { kind: 'hold', holdId: hold.id, leaseIndex: hold.leaseIndex - late };
}

function pick<Item>(items: readonly Item[], number: number): Item | undefined {
  return items[number % Math.max(items.length, 1)];
}
