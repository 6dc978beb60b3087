import { logIndex, proposerId, term } from '@sinkron/consensus';
import { LockMachine, readAcquireResult, readClaims, type Grant } from '@sinkron/locking';
import { ClientChecks } from '../checks/client-checks.js';
import { ObservedMachine } from '../node/observed-machine.js';
import { Trace } from '../world/trace.js';
import { World } from '../world/world.js';
import { AnswerReading } from './answer-reading.js';
import { ClientHoldings } from './client-holdings.js';
import type { LockMode, Operation, Order } from './operation.js';

const PROPOSER = proposerId('node-1:proposer');
const NOW = { monotonicMs: 0, wallMs: 0 };
const TTL_MS = 60_000;

type Acquire = Operation & { readonly order: Extract<Order, { kind: 'acquire' }> };

/** One replica, which leads, and the checks of what its clients are told. */
class Leader {
  private readonly world = new World(new Trace(null));
  private readonly checks = new ClientChecks(this.world);
  private readonly machine = new LockMachine();
  private readonly observed = new ObservedMachine(this.machine, (observation) => {
    this.checks.applied(observation);
  });
  private index = 0;
  private operations = 0;

  constructor() {
    const records = new Map<string, Uint8Array>();
    this.observed.open({
      get: (table, key) => records.get(`${table} ${key}`),
      put: (table, key, value) => records.set(`${table} ${key}`, value),
      remove: (table, key) => records.delete(`${table} ${key}`),
      range: () => [][Symbol.iterator](),
    });
    this.machine.duties.start(term(1), NOW);
  }

  apply(command: unknown): unknown {
    this.index += 1;
    const { result, effects } = this.observed.apply(command, {
      index: logIndex(this.index),
      term: term(1),
      logTimeMs: 0,
      proposer: PROPOSER,
      idempotency: null,
    });
    this.machine.duties.observe(effects, NOW);
    return result;
  }

  asks(owner: string, ...locks: readonly (readonly [name: string, mode: LockMode])[]): Acquire {
    const { checks } = this;
    this.operations += 1;
    const operation: Acquire = {
      id: this.operations,
      order: {
        kind: 'acquire',
        sessionId: null,
        locks: locks.map(([name, mode]) => ({ name, mode })),
        ttlMs: TTL_MS,
        lockDelayMs: 0,
        waitMs: 1000,
      },
      keyed: false,
      askedAtUs: this.world.nowUs,
      tokensBefore: new Map(locks.map(([name]) => [name, checks.tokens.toldBefore(name)])),
      answeredIndex: 0,
    };
    new ClientHoldings(owner, checks).asks(operation);
    checks.commands.invoked(operation.id, false);
    checks.history.invoked(owner, operation);
    return operation;
  }

  /** @returns the answer, of the machine. */
  acquire(owner: string, { id, order }: Acquire): ReturnType<typeof readAcquireResult> {
    const { locks, sessionId, ttlMs, lockDelayMs } = order;
    const wanted = { sessionId, owner, locks, ttlMs, lockDelayMs, metadata: null };
    const command = { kind: 'acquire', ...wanted, wait: true, operation: id };
    return readAcquireResult(this.apply(command));
  }

  /** @returns the waiter that the acquire has become. */
  waits(owner: string, operation: Acquire): number {
    const result = this.acquire(owner, operation);
    if (result.status !== 'queued') throw new Error(`not queued: ${result.status}`);
    return result.waiterId;
  }

  /** @returns what the leader says of a waiter. */
  claim(waiterId: number): readonly Grant[] {
    const claims = [{ waiterId, proposer: PROPOSER }];
    const answer = this.machine.duties.request({ kind: 'claim', claims }, NOW);
    const [claim] = readClaims(answer).claims;
    if (claim?.outcome !== 'granted') throw new Error(`not granted: ${claim?.outcome}`);
    return claim.locks;
  }

  tells(owner: string, operation: Acquire, locks: readonly Grant[]): void {
    const { checks, world } = this;
    new AnswerReading(owner, new ClientHoldings(owner, checks), world, checks).answered(
      operation,
      {
        kind: 'answered',
        result: { status: 'granted', locks },
        applied: true,
        appliedIndex: 0,
        leaseFromUs: null,
      },
      true,
    );
  }
}

describe('AnswerReading', () => {
  // Seed 106260.
  it('takes the old token of a hold that was granted once more, though the first grant is given back', () => {
    const leader = new Leader();
    const first = leader.acquire(
      'a',
      leader.asks('a', ['lock-0', 'exclusive'], ['lock-1', 'exclusive']),
    );
    expect(first).toMatchObject({ locks: [{ token: 1 }, { token: 2 }] });
    // Nobody tells `b` that it waits: it gives up, and its node learns of the grant only later.
    const unknown = leader.waits('b', leader.asks('b', ['lock-0', 'shared']));
    const other = leader.asks('c', ['lock-0', 'shared']);
    const otherWaiter = leader.waits('c', other);
    leader.apply({ kind: 'release', owner: 'a', locks: [{ name: 'lock-0', token: 1 }] });
    const later = leader.claim(otherWaiter);
    expect(later).toMatchObject([{ name: 'lock-0', token: 4, holds: 1 }]);
    leader.tells('c', other, later);

    const again = leader.asks('b', ['lock-0', 'shared'], ['lock-1', 'shared']);
    const waiter = leader.waits('b', again);
    leader.apply({ kind: 'release', owner: 'a', locks: [{ name: 'lock-1', token: 2 }] });
    expect(leader.apply({ kind: 'cancel', waiterId: unknown, release: true })).toEqual({
      status: 'released',
    });
    const grants = leader.claim(waiter);
    expect(grants).toMatchObject([
      { name: 'lock-0', token: 3, holds: 1 },
      { name: 'lock-1', token: 5, holds: 1 },
    ]);
    expect(() => leader.tells('b', again, grants)).not.toThrow();
  });
});
