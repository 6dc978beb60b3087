import type { StateTables } from '@sinkron/consensus';
import { ClusterMachine, clusterIdentityTuple, type ClusterIdentity } from './cluster-machine.js';

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

function opened(tables: StateTables): { machine: ClusterMachine; known: string[] } {
  const known: string[] = [];
  const machine = new ClusterMachine(FIRST, ({ clusterId }) => void known.push(clusterId));
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

  // Breaks otherwise: one malformed command in the log stops every replica for good.
  it.each([null, 'text', [], ['id', -1], ['id', 8, 3, 'native']])(
    'is not changed by %j',
    (body) => {
      const { machine, known } = opened(new OneTable());
      expect(machine.apply(body, CONTEXT)).toEqual({ result: null, remember: false, effects: [] });
      expect([known, machine.query()]).toEqual([[], null]);
    },
  );

  it('proposes its own identity until one is committed, again after a refusal', () => {
    const { machine } = opened(new OneTable());
    machine.duties.start(1 as never, NOW);
    expect(machine.duties.tick(NOW)).toEqual([clusterIdentityTuple(FIRST)]);
    expect(machine.duties.tick(NOW)).toEqual([]);
    machine.duties.refused(clusterIdentityTuple(FIRST));
    expect(machine.duties.tick(NOW)).toEqual([clusterIdentityTuple(FIRST)]);
    machine.apply(clusterIdentityTuple(SECOND), CONTEXT);
    machine.duties.start(2 as never, NOW);
    expect(machine.duties.tick(NOW)).toEqual([]);
  });
});
