import {
  coordinationVoters,
  Formation,
  type FormationRecord,
  type FormationReport,
  type Founder,
} from './formation.js';

const SETTINGS = {
  shards: 8,
  replicationFactor: 3,
  queueStore: 'replicated',
  cacheStore: 'replicated',
  formatVersion: 1,
  heartbeatMs: 50,
};
const NODES = ['node1', 'node2', 'node3'];

class TestNode {
  readonly formation: Formation;
  record: FormationRecord | null = null;

  constructor(
    readonly nodeId: string,
    readonly diskId: string,
    changes: { readonly peers?: string; readonly shards?: number } = {},
  ) {
    const settings = { ...SETTINGS, shards: changes.shards ?? SETTINGS.shards };
    const peers = changes.peers ?? NODES.join();
    this.formation = new Formation({ nodeId, diskId, roles: ['locks'], peers, settings }, NODES);
  }

  /** Both tell each other what they know. */
  meet(other: TestNode): void {
    other.formation.heard({ ...this.formation.report(), record: this.record });
    this.formation.heard({ ...other.formation.report(), record: other.record });
  }

  form(): FormationRecord {
    const outcome = this.formation.outcome();
    if (outcome.kind !== 'formed') throw new Error(`not formed: ${JSON.stringify(outcome)}`);
    this.record = outcome.record;
    return outcome.record;
  }
}

function three(): readonly [TestNode, TestNode, TestNode] {
  return [new TestNode('node1', 'a'), new TestNode('node2', 'b'), new TestNode('node3', 'c')];
}

describe('Formation', () => {
  it('waits until every node was heard and has seen the same disks', () => {
    const [one, two, three_] = three();
    expect(one.formation.outcome()).toEqual({ kind: 'waiting', missing: ['node2', 'node3'] });
    one.meet(two);
    one.meet(three_);
    // node1 has heard all, but node2 has not heard node3 yet.
    expect(one.formation.outcome()).toEqual({ kind: 'waiting', missing: ['node2', 'node3'] });
    two.meet(three_);
    one.meet(two);
    one.meet(three_);
    const record = one.form();
    expect(record.founders).toEqual([
      { nodeId: 'node1', diskId: 'a', roles: ['locks'] },
      { nodeId: 'node2', diskId: 'b', roles: ['locks'] },
      { nodeId: 'node3', diskId: 'c', roles: ['locks'] },
    ]);
  });

  it('a slower founder takes over the record of a faster one', () => {
    const [one, two, three_] = three();
    const record: FormationRecord = {
      founders: [one, two, three_].map(({ nodeId, diskId }) => ({ nodeId, diskId, roles: [] })),
      settings: SETTINGS,
    };
    one.record = record;
    two.meet(one);
    expect(two.form()).toBe(record);
  });

  it('a slower founder hears of it from one that knows, not from one that has joined since', () => {
    const [one, two, three_] = three();
    const record: FormationRecord = {
      founders: [one, two, three_].map(({ nodeId, diskId }) => ({ nodeId, diskId, roles: [] })),
      settings: SETTINGS,
    };
    one.record = { founders: [], settings: SETTINGS };
    two.meet(one);
    expect(two.formation.outcome()).toEqual({ kind: 'join' });
    three_.record = record;
    two.meet(three_);
    expect(two.form()).toBe(record);
  });

  // Breaks otherwise: an entry is committed on A and B; B comes back empty under its old name; A
  // is down; B and C elect C without the entry.
  it('a node that comes back with an empty disk has to join, and is no founder again', () => {
    const [one, two, three_] = three();
    const record: FormationRecord = {
      founders: [one, two, three_].map(({ nodeId, diskId }) => ({ nodeId, diskId, roles: [] })),
      settings: SETTINGS,
    };
    three_.record = record;
    const emptied = new TestNode('node2', 'new disk');
    emptied.meet(three_);
    expect(emptied.formation.outcome()).toEqual({ kind: 'join' });
  });

  it('a node that has not formed the cluster has to join, with whichever list of peers', () => {
    const [one] = three();
    one.record = { founders: [], settings: SETTINGS };
    const late = new TestNode('node2', 'b', { peers: 'node1,node2' });
    late.meet(one);
    expect(late.formation.outcome()).toEqual({ kind: 'join' });
    const other = new TestNode('node2', 'b', { shards: 16 });
    other.meet(one);
    expect(other.formation.outcome()).toEqual({
      kind: 'refused',
      reason: 'SHARDS is 16 on this node but 8 in the cluster that node1 belongs to',
    });
  });

  it('another list of peers or another setting is refused, naming both', () => {
    const [one, , three_] = three();
    one.meet(new TestNode('node2', 'b', { peers: 'node1,node2' }));
    one.meet(three_);
    expect(one.formation.outcome()).toEqual({
      kind: 'refused',
      reason:
        'PEERS differs: this node has node1,node2,node3, node2 has node1,node2; give all nodes the same list',
    });
    const [first] = three();
    first.meet(new TestNode('node3', 'c', { shards: 16 }));
    expect(first.formation.outcome()).toEqual({
      kind: 'refused',
      reason: 'SHARDS is 8 on this node but 16 on node3',
    });
  });

  // Breaks otherwise: a founder that has lost its disk and a new node boot together; the new one hears
  // the founder first, whose list has it not, and ends.
  it('another list says nothing while a node that may have formed was not heard', () => {
    const [one, , three_] = three();
    one.meet(new TestNode('node2', 'b', { peers: 'node1,node2' }));
    expect(one.formation.outcome()).toEqual({ kind: 'waiting', missing: ['node2', 'node3'] });
    three_.record = { founders: [], settings: SETTINGS };
    one.meet(three_);
    expect(one.formation.outcome()).toEqual({ kind: 'join' });
  });

  // Breaks otherwise: a node that comes to a cluster that is just being formed ends, and has to be started
  // again when that is formed.
  it('another list says nothing of a node that does not list this one: it forms without it', () => {
    const settings = SETTINGS;
    const self = { nodeId: 'node2', diskId: 'b', roles: ['locks'], peers: 'node1=h:1,node2=h:2' };
    const late = new Formation({ ...self, settings }, ['node1', 'node2']);
    const alone: FormationReport = {
      nodeId: 'node1',
      diskId: 'a',
      roles: ['locks'],
      peers: 'node1=h:1',
      settings,
      seen: [{ nodeId: 'node1', diskId: 'a', roles: ['locks'] }],
      record: null,
    };
    late.heard(alone);
    expect(late.outcome()).toEqual({ kind: 'waiting', missing: ['node1'] });
    late.heard({ ...alone, peers: 'node1=h:1,node2=h:3' });
    expect(late.outcome()).toMatchObject({ kind: 'refused' });
    late.heard({ ...alone, record: { founders: alone.seen, settings } });
    expect(late.outcome()).toEqual({ kind: 'join' });
  });

  // Breaks otherwise: node1 was started first and alone, others have joined it; it loses its disk, and
  // forms a second cluster under its name.
  it('a node that a member calls has lost its disk, and forms no cluster, not even alone', () => {
    const self = { nodeId: 'node1', diskId: 'new', roles: ['locks'], peers: 'node1=h:1' };
    const formation = new Formation({ ...self, settings: SETTINGS }, ['node1']);
    expect(formation.outcome()).toMatchObject({ kind: 'formed' });
    formation.calledByMember();
    expect(formation.outcome()).toEqual({ kind: 'join' });
    const [one, two, three_] = three();
    for (const [a, b] of [
      [one, two],
      [one, three_],
      [two, three_],
      [one, two],
      [one, three_],
    ] as const) {
      a.meet(b);
    }
    one.formation.calledByMember();
    expect(one.formation.outcome()).toEqual({ kind: 'join' });
    // But it is a founder if its disk is one.
    two.form();
    one.meet(two);
    expect(one.form()).toBe(two.record);
  });

  it('a disk that is replaced while the cluster forms leads to one record, not two', () => {
    const [one, two, three_] = three();
    one.meet(two);
    one.meet(three_);
    two.meet(three_);
    const replaced = new TestNode('node3', 'new disk');
    replaced.meet(two);
    replaced.meet(one);
    two.meet(one);
    two.meet(replaced);
    one.meet(two);
    one.meet(replaced);
    expect(one.form()).toEqual(two.form());
    expect(one.form()).toEqual(replaced.form());
    expect(one.form().founders.map((founder) => founder.diskId)).toEqual(['a', 'b', 'new disk']);
  });
});

describe('coordinationVoters', () => {
  const founder = (index: number, roles: readonly string[]): Founder => {
    return { nodeId: `node${index}`, diskId: `d${index}`, roles };
  };
  const voters = (count: number): number => {
    const founders = Array.from({ length: count }, (_, index) => founder(index, ['locks']));
    return coordinationVoters({ founders, settings: SETTINGS }).length;
  };

  it('is the largest odd number of nodes with locks, at most five', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 10].map(voters)).toEqual([1, 1, 3, 3, 5, 5, 5, 5]);
  });

  it('passes over nodes without the role, and may be empty', () => {
    const founders = [founder(1, ['queues']), founder(2, ['locks']), founder(3, [])];
    const record = { founders, settings: SETTINGS };
    expect(coordinationVoters(record).map((voter) => voter.nodeId)).toEqual(['node2']);
    const none = { founders: [founder(1, ['queues'])], settings: SETTINGS };
    expect(coordinationVoters(none)).toEqual([]);
  });
});
