import { MemoryGroupState } from '../../testing/nodes/memory-group-state.js';
import { MemoryLog } from '../../testing/nodes/memory-log.js';
import { NodeGroup } from '../../testing/nodes/node-group.js';
import type { ProposalOutcome } from '../group-driver.js';
import type { LogKeeping } from '../limits.js';

const IDS = ['node1', 'node2', 'node3', 'node4'] as const;
const FOUNDERS = IDS.slice(0, 3);
const KEYS = 40;
const KEEPING: LogKeeping = { entries: 20, bytes: 1e9, stepEntries: 10, stepBytes: 1e9 };

class Disk {
  readonly log = new MemoryLog();
  readonly state = new MemoryGroupState();
  /** Flushes nothing. */
  stalled = false;

  settle(): boolean {
    if (this.stalled) return false;
    const flushed = this.log.settleDisk();
    return this.state.settleDisk() || flushed;
  }

  crash(): void {
    this.log.crash();
    this.state.crash();
  }
}

class Bench {
  readonly disks = new Map<string, Disk>(IDS.map((id) => [id, new Disk()]));
  readonly group = new NodeGroup(FOUNDERS, this.disks, KEEPING);

  /** Node 1 leads the founders, who have compacted the beginning of their logs. */
  static led(): Bench {
    const bench = new Bench();
    const { group } = bench;
    group.beats(11);
    group.open('node1');
    bench.fill('node1', KEYS);
    expect(group.leader).toBe('node1');
    expect(group.driver('node1').raft.logBase.index).toBeGreaterThan(10);
    return bench;
  }

  /** The same with node 4 as a learner. */
  static withLearner(): Bench {
    const bench = Bench.led();
    bench.group.start('node4');
    bench.group.changeMembers('node1', FOUNDERS, ['node4']);
    bench.group.beats(20);
    expect(bench.group.members('node1')).toBe('123||4');
    return bench;
  }

  fill(leader: string, entries: number): void {
    for (let entry = 0; entry < entries; entry += 1) {
      this.group.put(leader, `key${entry}`, 10, () => {});
      this.group.settle();
    }
  }

  disk(id: string): Disk {
    const disk = this.disks.get(id);
    if (disk === undefined) throw new Error(`no disk of ${id}`);
    return disk;
  }

  statuses(leader: string) {
    return this.group
      .driver(leader)
      .replicaStatuses()
      .map((status) => Object.values(status));
  }

  /** Power is cut for all, at once. */
  restartAll(ids: readonly string[]): void {
    for (const id of ids) this.group.stop(id);
    this.group.loseAll();
    for (const id of ids) {
      this.disk(id).crash();
      this.group.start(id);
    }
  }
}

describe('Members of a group change, by real drivers', () => {
  it('a learner is brought a snapshot, which tells it who the members are', () => {
    const bench = Bench.led();
    const { group } = bench;
    group.start('node4');
    group.beats(30);
    expect(group.members('node4')).toBe('||');
    expect(group.changeMembers('node1', FOUNDERS, ['node4'])).toEqual({
      kind: 'appended',
      index: KEYS + 2,
    });
    group.settle();
    expect(bench.statuses('node1').at(-1)).toEqual(['node4/disk', 'learner', 0, true, true]);
    group.beats(10);
    const last = KEYS + 2;
    expect(bench.statuses('node1')).toEqual([
      ['node1/disk', 'voter', last, true, false],
      ['node2/disk', 'voter', last, true, false],
      ['node3/disk', 'voter', last, true, false],
      ['node4/disk', 'learner', last, true, false],
    ]);
    expect(bench.statuses('node2')).toEqual([]);
    expect(bench.disk('node4').state.installed).toEqual(expect.objectContaining({ index: last }));
    expect(group.members('node4')).toBe('123||4');
    expect(group.values('node4')).toEqual(group.values('node1'));
    expect(group.toldMembers.get('node4')).toEqual(['123||4']);
  });

  it('it becomes a voter through a joint configuration, and is needed from then on', () => {
    const { group } = Bench.withLearner();
    expect(group.changeMembers('node1', IDS)).toEqual({ kind: 'appended', index: KEYS + 3 });
    expect(group.members('node1')).toBe('1234|123|');
    group.beats(2);
    expect(IDS.map((id) => group.members(id))).toEqual(Array(4).fill('1234||'));
    expect(group.toldMembers.get('node1')).toEqual(['123||4', '1234|123|', '1234||']);
    expect(group.toldMembers.get('node3')).toEqual(['123||4', '1234|123|', '1234||']);
    // Two of four are no majority.
    group.cut.add('node3').add('node4');
    const outcomes: string[] = [];
    group.put('node1', 'key', 1, ({ kind }) => outcomes.push(kind));
    group.beats(1);
    expect(outcomes).toEqual([]);
    group.cut.delete('node4');
    group.beats(2);
    expect(outcomes).toEqual(['applied']);
  });

  // Breaks otherwise: the entry is compacted, and a restart falls back to the founders.
  it('the members are kept with the state, when the log has forgotten their entry', () => {
    const bench = Bench.withLearner();
    const { group } = bench;
    group.changeMembers('node1', ['node1', 'node2', 'node4']);
    group.beats(2);
    bench.fill('node1', KEYS);
    expect(group.driver('node1').raft.logBase.index).toBeGreaterThan(KEYS + 5);
    bench.restartAll(IDS);
    expect(IDS.map((id) => group.members(id))).toEqual(Array(4).fill('124||'));
    expect(group.driver('node1').raft.committedMembers).toBe(group.driver('node1').raft.members);
    group.beats(40);
    expect(group.leader).toBe('node1');
    expect(group.driver('node3').raft.roleName).toBe('follower');
  });

  it('the leader is removed: it finishes, hands over, and knows that it is none any more', () => {
    const { group } = Bench.withLearner();
    const outcomes: string[] = [];
    const done = (outcome: ProposalOutcome): void => {
      outcomes.push(outcome.kind === 'refused' ? outcome.reason : outcome.kind);
    };
    group.put('node1', 'before', 1, done);
    group.turn();
    group.changeMembers('node1', ['node2', 'node3', 'node4']);
    // Gathered while the change is on its way to the majorities: who asks is told to ask the next one.
    group.put('node1', 'meanwhile', 1, done);
    group.settle();
    expect(outcomes).toEqual(['applied', 'transferring']);
    group.beats(2);
    const { leader = '' } = group;
    expect(['node2', 'node3', 'node4']).toContain(leader);
    expect(IDS.map((id) => group.members(id))).toEqual(Array(4).fill('234||'));
    expect(group.driver('node1').raft.roleName).toBe('follower');
    group.put(leader, 'after', 1, done);
    group.beats(30);
    expect(outcomes.at(-1)).toBe('applied');
    expect(group.driver('node1').raft.term).toBeLessThanOrEqual(group.driver(leader).raft.term);
    expect(group.leader).toBe(leader);
  });

  it('a removed replica hears of it, and no more after that', () => {
    const { group } = Bench.withLearner();
    group.changeMembers('node1', ['node1', 'node2', 'node4']);
    group.beats(3);
    expect(group.toldMembers.get('node3')).toEqual(['123||4', '124|123|', '124||']);
    const { raft } = group.driver('node3');
    expect(raft.committedMembers).toBe(raft.members);
    const applied = group.driver('node3').appliedIndex;
    group.put('node1', 'after', 1, () => {});
    group.beats(60);
    expect([group.driver('node3').appliedIndex, raft.roleName]).toEqual([applied, 'follower']);
    expect(group.leader).toBe('node1');
  });

  it('everything restarts in the joint phase: the next leader leaves it', () => {
    const bench = Bench.withLearner();
    const { group } = bench;
    group.changeMembers('node1', ['node2', 'node3', 'node4']);
    while (IDS.some((id) => group.members(id) !== '234|123|')) group.turn();
    // All have it on their disks, and the leader does not hear of that.
    group.cut.add('node1');
    group.settle();
    const { raft } = group.driver('node1');
    expect(raft.commitIndex).toBe(raft.lastIndex - 1);
    expect(IDS.map((id) => bench.disk(id).log.lastIndex)).toEqual(Array(4).fill(raft.lastIndex));
    bench.restartAll(IDS);
    group.cut.clear();
    expect(IDS.map((id) => group.members(id))).toEqual(Array(4).fill('234|123|'));
    expect(group.driver('node4').raft.committedMembers.learners).toEqual(['node4/disk']);
    group.beats(40);
    expect(IDS.slice(1).map((id) => group.members(id))).toEqual(Array(3).fill('234||'));
    expect(['node2', 'node3', 'node4']).toContain(group.leader);
    const outcomes: string[] = [];
    group.put(group.leader ?? '', 'after', 1, ({ kind }) => outcomes.push(kind));
    group.beats(2);
    expect(outcomes).toEqual(['applied']);
  });

  it('a learner that crashes while it is brought the snapshot becomes one all the same', () => {
    const bench = Bench.led();
    const { group } = bench;
    group.start('node4');
    group.changeMembers('node1', FOUNDERS, ['node4']);
    while (group.bulkSent === 0) if (!group.turn()) group.beat();
    group.stop('node4');
    bench.disk('node4').crash();
    group.start('node4');
    group.beats(40);
    expect(group.members('node4')).toBe('123||4');
    expect(group.values('node4')).toEqual(group.values('node1'));
  });

  it('a replica that is removed comes back as a learner with what it has', () => {
    const { group } = Bench.withLearner();
    group.changeMembers('node1', ['node1', 'node2', 'node4']);
    group.beats(3);
    group.put('node1', 'meanwhile', 1, () => {});
    group.beats(3);
    expect(group.changeMembers('node1', ['node1', 'node2', 'node4'], ['node3']).kind).toBe(
      'appended',
    );
    group.beats(3);
    expect(group.changeMembers('node1', IDS).kind).toBe('appended');
    group.beats(3);
    expect(group.members('node3')).toBe('1234||');
    expect(group.values('node3')).toEqual(group.values('node1'));
  });
});

describe('A replica that its node forgets', () => {
  it('tells those who wait for it that it does not know', () => {
    const { group } = Bench.led();
    const outcomes: string[] = [];
    group.cut.add('node2').add('node3');
    group.put('node1', 'appended', 1, ({ kind }) => outcomes.push(kind));
    group.settle();
    group.put('node1', 'arrived', 1, ({ kind }) => outcomes.push(kind));
    group.driver('node1').read(({ kind }) => outcomes.push(kind));
    group.remove('node1');
    expect(outcomes).toEqual(['lost', 'refused', 'refused']);
    group.cut.clear();
    group.beats(40);
    expect(outcomes).toHaveLength(3);
    expect(group.driver('node2').leads).toBe(true);
  });

  it('says nothing more, though its disk is about to answer', () => {
    const bench = Bench.led();
    const { group } = bench;
    group.put('node1', 'x', 1, () => {});
    bench.disk('node3').stalled = true;
    group.settle();
    expect(group.driver('node3').raft.lastIndex).toBe(KEYS + 2);
    expect(group.isEnding('node3')).toBe(false);
    group.remove('node3');
    // Breaks otherwise: another replica is started from a log that changes under it.
    expect(group.isEnding('node3')).toBe(true);
    bench.disk('node3').stalled = false;
    group.settle();
    expect(group.isEnding('node3')).toBe(false);
    group.beats(5);
    expect(bench.statuses('node1')[2]).toEqual(['node3/disk', 'voter', KEYS + 1, false, false]);
  });
});
