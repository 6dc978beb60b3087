import type { LogKeeping } from '../limits.js';
import type { SnapshotTrouble } from '../snapshot/snapshot-trouble.js';
import { MemoryGroupState } from '../../testing/nodes/memory-group-state.js';
import { MemoryLog } from '../../testing/nodes/memory-log.js';
import { NodeGroup } from '../../testing/nodes/node-group.js';

const IDS = ['node1', 'node2', 'node3'];
const VALUE_BYTES = 20_000;
const KEYS = 100;
const KEEPING: LogKeeping = { entries: 200, bytes: 1e9, stepEntries: 50, stepBytes: 1e9 };
/** Entries after which the log has been compacted at least once. */
const MANY = 400;

function disks() {
  const log = new MemoryLog();
  const state = new MemoryGroupState();
  return {
    log,
    state,
    settle: () => {
      const flushed = log.settleDisk();
      return state.settleDisk() || flushed;
    },
  };
}

class Bench {
  readonly disks = new Map(IDS.map((id) => [id, disks()]));
  readonly group = new NodeGroup(IDS, this.disks, KEEPING);

  /** Node 1 leads; node 3 is cut off, and the others have compacted what it lacks. */
  static leftBehind(): Bench {
    const bench = Bench.led();
    bench.group.cut.add('node3');
    bench.fill('node1');
    expect(bench.group.driver('node1').raft.logBase.index).toBeGreaterThan(KEYS);
    return bench;
  }

  static led(): Bench {
    const bench = new Bench();
    const { group } = bench;
    group.beats(11);
    expect(group.leader).toBe('node1');
    group.open('node1');
    group.settle();
    return bench;
  }

  /** Appends entries of one command each. */
  fill(leader: string): void {
    for (let entry = 0; entry < MANY; entry += 1) {
      this.group.put(leader, `key${entry % KEYS}`, VALUE_BYTES, () => {});
      // Behind an entry under way the next commands would share one.
      this.group.settle();
    }
  }

  on(id: string) {
    const found = this.disks.get(id);
    if (found === undefined) throw new Error(`no disks of ${id}`);
    return found;
  }

  /** The healed group has one state, everywhere. */
  expectEqualStates(): void {
    const { group } = this;
    for (const id of IDS) {
      expect(this.on(id).state.appliedIndex).toBe(group.driver('node1').raft.lastIndex);
      expect(group.values(id)).toEqual(group.values('node1'));
    }
  }
}

describe('A replica that was left behind', () => {
  it('is brought a snapshot over the bulk channel, and then entries', () => {
    const bench = Bench.leftBehind();
    const { group } = bench;
    expect(group.bulkSent).toBe(0);
    group.cut.clear();
    group.beats(8);
    bench.expectEqualStates();
    expect(group.bulkSent).toBeGreaterThan(0);
    expect(bench.on('node3').state.installed).not.toBeNull();
    expect(IDS.map((id) => group.driver(id).snapshots.installedCount)).toEqual([0, 0, 1]);
    expect(group.machine('node3').keysAtOpen).toBe(KEYS);
    expect(bench.on('node1').state.openSources).toBe(0);

    const outcomes: string[] = [];
    group.put('node1', 'after', 1, ({ kind }) => outcomes.push(kind));
    group.beats(2);
    expect(outcomes).toEqual(['applied']);
    bench.expectEqualStates();
  });

  it('finds logs that are as long as they should be', () => {
    const bench = Bench.leftBehind();
    for (const id of ['node1', 'node2']) {
      const { lastIndex, baseIndex } = bench.on(id).log;
      expect([lastIndex, baseIndex]).toEqual([2 + MANY, 200]);
    }
  });

  // Breaks otherwise: the reader is held for ever, or the stream ends where the picture did.
  it('is brought another snapshot when the first one was read for too long', () => {
    const bench = Bench.leftBehind();
    const { group } = bench;
    group.cut.clear();
    while (group.bulkSent < 6) if (!group.turn()) group.beat();
    const troubles: SnapshotTrouble[] = [];
    group.driver('node1').onSnapshotTrouble((trouble) => troubles.push(trouble));
    bench.on('node1').state.expired = true;
    group.beats(1);
    const reason = 'held for too long';
    const { index } = troubles[0] ?? {};
    expect(troubles[0]).toEqual({ kind: 'expired', peer: 'node3/disk', index, reason });
    expect(index).toBeGreaterThan(MANY);
    expect(bench.on('node1').state.openSources).toBe(0);
    expect(bench.on('node3').state.installed).toBeNull();
    bench.on('node1').state.expired = false;
    group.beats(8);
    bench.expectEqualStates();
  });

  // Breaks otherwise: it goes on so for ever, and nobody knows.
  it('tells of a snapshot that it cannot read, and takes the next one', () => {
    const bench = Bench.leftBehind();
    const { group } = bench;
    const troubles: SnapshotTrouble[] = [];
    group.driver('node3').onSnapshotTrouble((trouble) => troubles.push(trouble));
    bench.on('node1').state.garbled = true;
    group.cut.clear();
    group.beats(4);
    const { index } = troubles[0] ?? {};
    const reason = 'field 0: wanted a list, got string';
    expect(troubles[0]).toEqual({ kind: 'malformed', peer: 'node1/disk', index, reason });
    expect(index).toBeGreaterThan(MANY);
    bench.on('node1').state.garbled = false;
    group.beats(60);
    bench.expectEqualStates();
  });

  // Breaks otherwise: the leader waits for answers about parts that the follower has forgotten.
  it('is brought another snapshot when it restarts in the middle', () => {
    const bench = Bench.leftBehind();
    const { group } = bench;
    group.cut.clear();
    while (group.bulkSent < 6) if (!group.turn()) group.beat();
    group.stop('node3');
    bench.on('node3').log.crash();
    bench.on('node3').state.crash();
    group.start('node3');
    group.beats(30);
    bench.expectEqualStates();
  });

  it('goes on when parts and answers are lost', () => {
    const bench = Bench.leftBehind();
    const { group } = bench;
    group.cut.clear();
    for (let round = 0; round < 8; round += 1) {
      while (group.bulkSent < 6 * (round + 1) && bench.on('node3').state.installed === null) {
        if (!group.turn()) group.beat();
      }
      group.loseAll();
    }
    group.beats(30);
    bench.expectEqualStates();
  });

  it('starts from the snapshot when it crashed before its log followed', () => {
    const bench = Bench.leftBehind();
    const { group } = bench;
    group.cut.clear();
    const { state, log } = bench.on('node3');
    while (state.installed === null) if (!group.turn()) group.beat();
    group.stop('node3');
    log.crash();
    expect(log.lastIndex).toBeLessThan(state.appliedIndex);
    group.start('node3');
    group.beats(2);
    expect(log.baseIndex).toBe(state.installed?.index);
    group.beats(20);
    bench.expectEqualStates();
  });

  it('a leader that was left behind answers what it had appended with lost', () => {
    const bench = Bench.led();
    const { group } = bench;
    group.cut.add('node1');
    const outcomes: string[] = [];
    group.put('node1', 'lost', 1, ({ kind }) => outcomes.push(kind));
    group.settle();
    group.beats(14);
    expect(group.leader).toBe('node2');
    bench.fill('node2');
    group.cut.clear();
    group.beats(10);
    expect(outcomes).toEqual(['lost']);
    expect(bench.on('node1').state.installed).not.toBeNull();
    expect(group.values('node1')).toEqual(group.values('node2'));
    expect(group.machine('node1').startedTerms).toEqual([1]);
  });
});
