import type { StateTables } from '@sinkron/consensus';
import type { ListedMember } from '../core/members/members-list.js';
import { ClusterMachine, clusterIdentityTuple, type ClusterIdentity } from './cluster-machine.js';
import { membersCommandTuple } from './members-codec.js';

const SETTINGS = {
  shards: 8,
  replicationFactor: 3,
  queueStore: 'native',
  cacheStore: 'native',
  formatVersion: 1,
  heartbeatMs: 50,
};
const FIRST: ClusterIdentity = { clusterId: 'first', settings: SETTINGS };
const SECOND: ClusterIdentity = { clusterId: 'second', settings: SETTINGS };
const NODE1: ListedMember = {
  nodeId: 'node1',
  address: '127.0.0.1:9001',
  roles: ['locks'],
  diskId: 'd1',
  leaving: false,
};
const FOUND = membersCommandTuple({ kind: 'found', members: [NODE1] });
const NODE2 = { nodeId: 'node2', address: '127.0.0.1:9002', roles: ['locks'] };
const CONTEXT = { index: 1, term: 1, logTimeMs: 0 } as never;
const NOW = { monotonicMs: 0, wallMs: 0 };

class OneTable implements StateTables {
  private readonly records = new Map<string, Uint8Array>();

  get(_table: string, key: string): Uint8Array | undefined {
    return this.records.get(key);
  }

  put(_table: string, key: string, value: Uint8Array): void {
    this.records.set(key, value);
  }

  remove(_table: string, key: string): void {
    this.records.delete(key);
  }

  range(): IterableIterator<readonly [string, Uint8Array]> {
    return this.records.entries();
  }
}

interface Opened {
  readonly machine: ClusterMachine;
  /** Identities and versions of members, in the order in which they became known. */
  readonly known: unknown[];
}

function opened(tables: StateTables, founders: readonly ListedMember[] | null = [NODE1]): Opened {
  const known: unknown[] = [];
  const machine = new ClusterMachine(
    { identity: FIRST, founders },
    {
      identity: ({ clusterId }) => void known.push(clusterId),
      members: ({ version }) => void known.push(version),
    },
  );
  machine.open(tables);
  return { machine, known };
}

describe('ClusterMachine', () => {
  it('keeps the first identity committed, through a restart too', () => {
    const tables = new OneTable();
    const { machine, known } = opened(tables);
    machine.apply(clusterIdentityTuple(SECOND), CONTEXT);
    machine.apply(clusterIdentityTuple(FIRST), CONTEXT);
    expect([known, machine.query()]).toEqual([['second'], clusterIdentityTuple(SECOND)]);
    expect(opened(tables).known).toEqual(['second']);
  });

  it('takes the list of members from version to version, through a restart too', () => {
    const tables = new OneTable();
    const { machine, known } = opened(tables);
    const apply = (command: unknown): unknown => machine.apply(command, CONTEXT).result;
    const remove = membersCommandTuple({ kind: 'remove', nodeId: 'node2' });
    const add = membersCommandTuple({ kind: 'add', ...NODE2 });
    expect([FOUND, FOUND, add, add, remove, remove].map(apply)).toEqual([
      { kind: 'accepted' },
      { kind: 'accepted' },
      { kind: 'accepted' },
      { kind: 'accepted' },
      { kind: 'accepted' },
      { kind: 'notFound' },
    ]);
    expect(known).toEqual([1, 2, 3]);
    expect(opened(tables).known).toEqual([3]);
  });

  it('lets Idempotency-Keys remember what came of a change of members', () => {
    const { machine } = opened(new OneTable());
    expect(machine.apply(membersCommandTuple({ kind: 'add', ...NODE2 }), CONTEXT)).toEqual({
      result: { kind: 'refused', reason: 'notFormed' },
      remember: false,
      effects: [],
    });
    machine.apply(FOUND, CONTEXT);
    const last = membersCommandTuple({ kind: 'remove', nodeId: 'node1' });
    expect(machine.apply(last, CONTEXT)).toEqual({
      result: { kind: 'refused', reason: 'lastLocks' },
      remember: true,
      effects: [],
    });
  });

  // Breaks otherwise: one malformed command in the log stops every replica for good.
  it.each([null, 'text', [], ['id', -1], ['id', 8, 3, 'native'], ['members'], ['members', ['x']]])(
    'is not changed by %j',
    (body) => {
      const { machine, known } = opened(new OneTable());
      expect(machine.apply(body, CONTEXT)).toEqual({ result: null, remember: false, effects: [] });
      expect([known, machine.query()]).toEqual([[], null]);
    },
  );

  it('proposes the founders, if it knows them, until there is a list', () => {
    const tables = new OneTable();
    const { machine } = opened(tables);
    machine.apply(clusterIdentityTuple(FIRST), CONTEXT);
    machine.duties.start(1 as never, NOW);
    expect([machine.duties.tick(NOW), machine.duties.tick(NOW)]).toEqual([[FOUND], []]);
    expect(opened(tables, null).machine.duties.tick(NOW)).toEqual([]);
    machine.apply(FOUND, CONTEXT);
    machine.duties.start(2 as never, NOW);
    expect(machine.duties.tick(NOW)).toEqual([]);
  });

  it('proposes its own identity until one is committed, again after a refusal', () => {
    const { machine } = opened(new OneTable());
    machine.duties.start(1 as never, NOW);
    expect(machine.duties.tick(NOW)).toEqual([clusterIdentityTuple(FIRST), FOUND]);
    expect(machine.duties.tick(NOW)).toEqual([]);
    machine.duties.refused(clusterIdentityTuple(FIRST));
    expect(machine.duties.tick(NOW)).toEqual([clusterIdentityTuple(FIRST), FOUND]);
    machine.apply(clusterIdentityTuple(SECOND), CONTEXT);
    machine.apply(FOUND, CONTEXT);
    machine.duties.start(2 as never, NOW);
    expect(machine.duties.tick(NOW)).toEqual([]);
  });
});
