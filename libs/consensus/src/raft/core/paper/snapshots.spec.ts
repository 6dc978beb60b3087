import {
  accepted,
  appendRequest,
  heartbeatRequest,
  heartbeatResponse,
} from '../../testing/messages.js';
import { rejected, snapshotRequest, snapshotResponse } from '../../testing/messages.js';
import { entriesOfTerms, entry } from '../../testing/entries.js';
import { makeLeader } from '../../testing/elect.js';
import { Replica } from '../../testing/replica.js';
import { logIndex, term } from '../identifiers.js';
import type { LogPoint } from '../log/log-point.js';
import type { SnapshotRequest } from '../message.js';

const POINT: LogPoint = { index: logIndex(5), term: term(2), timeMs: 700 };
const ATTEMPT = { from: snapshotRequest({ point: [5, 2] }).from, term: term(2), stream: 1 };

function part(given: Partial<Parameters<typeof snapshotRequest>[0]> = {}): SnapshotRequest {
  return snapshotRequest({ term: 2, point: [5, 2], timeMs: 700, ...given });
}

/** A leader of term 1 whose own log begins after entry 3; 2 has acknowledged all, 3 nothing. */
function compactedLeader(): Replica {
  const replica = new Replica();
  makeLeader(replica);
  replica.propose('a', 'b', 'c');
  replica.settle();
  replica.receive(accepted(4));
  replica.messages();
  replica.raft.compact(logIndex(3));
  replica.settle();
  return replica;
}

describe('Raft §7: log compaction, the receiver of a snapshot', () => {
  it('Raft §7: a log that lacks the last entry is discarded, and the answer waits for that', () => {
    const replica = new Replica({ log: [1, 1, 1] });
    replica.receive(part());
    replica.settle();
    expect(replica.raft.snapshots.takeParts()).toEqual([part()]);

    replica.raft.snapshots.installed(ATTEMPT, POINT, replica.founders, replica.instant);
    expect(replica.output()).toEqual({
      messages: [
        {
          message: snapshotResponse({ held: 5 }, { from: '1', to: '2', term: 2 }),
          after: 2,
        },
      ],
      write: { id: 2, hardState: null, truncateFrom: null, compactThrough: POINT, entries: [] },
    });
    expect([replica.raft.lastIndex, replica.raft.commitIndex, replica.raft.logBase]).toEqual([
      5,
      5,
      POINT,
    ]);
    // Nothing may be applied from a log that is not on the disk yet.
    expect(replica.raft.applicableIndex).toBe(0);
    replica.flush();
    expect(replica.raft.applicableIndex).toBe(5);
    expect([replica.disk.base, replica.disk.durableEntries]).toEqual([POINT, []]);
  });

  it('Raft §7: what conflicts with the snapshot is deleted with the rest', () => {
    const replica = new Replica({ log: [1, 1, 1, 1, 1, 1, 1] });
    replica.receive(part());
    replica.settle();
    replica.raft.snapshots.installed(ATTEMPT, POINT, replica.founders, replica.instant);
    expect(replica.output().write).toEqual({
      id: 2,
      hardState: null,
      truncateFrom: 5,
      compactThrough: POINT,
      entries: [],
    });
    replica.flush();
    expect([replica.raft.lastIndex, replica.disk.durableEntries]).toEqual([5, []]);
  });

  it('Raft §7: a log with the last entry is kept, also what follows it', () => {
    const replica = new Replica({ log: [1, 1, 2, 2, 2, 2], term: 2 });
    replica.receive(part());
    expect(replica.output()).toEqual({
      messages: [
        { message: snapshotResponse({ held: 5 }, { from: '1', to: '2', term: 2 }), after: 0 },
      ],
      write: null,
    });
    expect([replica.raft.lastIndex, replica.raft.commitIndex]).toEqual([6, 5]);
    expect(replica.raft.snapshots.takeParts()).toEqual([]);
  });

  it('Raft §7: a snapshot of what is committed here is answered, and nothing else', () => {
    const replica = new Replica({ log: [1, 1, 2, 2, 2, 2], term: 2, commitIndex: 6 });
    replica.receive(part());
    expect(replica.messages()).toEqual([
      snapshotResponse({ held: 6 }, { from: '1', to: '2', term: 2 }),
    ]);
    expect(replica.raft.lastIndex).toBe(6);
  });

  it('Raft §7: the log that overtook the snapshot while it was installed is kept', () => {
    const replica = new Replica({ log: [1, 1, 1] });
    replica.receive(part());
    const entries = entriesOfTerms([2, 2, 2], 4);
    replica.receive(appendRequest({ term: 2, prev: [3, 1], entries, commit: 6 }));
    replica.settle();
    replica.raft.snapshots.installed(ATTEMPT, POINT, replica.founders, replica.instant);
    expect(replica.messages()).toEqual([
      snapshotResponse({ held: 6 }, { from: '1', to: '2', term: 2 }),
    ]);
    expect(replica.terms()).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it('Raft §7: entries follow the snapshot, in a write of their own', () => {
    const replica = new Replica({ log: [1, 1, 1] });
    replica.receive(part());
    replica.settle();
    replica.raft.snapshots.installed(ATTEMPT, POINT, replica.founders, replica.instant);
    const entries = entriesOfTerms([2], 6);
    replica.receive(appendRequest({ term: 2, prev: [5, 2], entries }));
    const { messages, write } = replica.output();
    expect(messages.map(({ after }) => after)).toEqual([2, 3]);
    expect(write).toMatchObject({ id: 2, compactThrough: POINT, entries: [] });
    expect(replica.output().write).toMatchObject({ id: 3, compactThrough: null, entries });
  });

  it('Raft §7: a part of an older term is answered by the term', () => {
    const replica = new Replica({ log: [1], term: 3 });
    replica.receive(part());
    expect(replica.messages()).toEqual([
      heartbeatResponse({ from: '1', to: '2', term: 3, round: 0 }),
    ]);
    expect(replica.raft.snapshots.takeParts()).toEqual([]);
  });

  it('Raft §5.2: a part is a sign of life of the leader', () => {
    const replica = new Replica({ timeoutTicks: [10] });
    for (let tick = 0; tick < 30; tick += 1) {
      replica.tick();
      if (tick % 5 === 0) replica.receive(part());
    }
    expect([replica.raft.roleName, replica.raft.leader]).toEqual(['follower', '2']);
  });

  it('what was staged in one term is not answered in the next', () => {
    const replica = new Replica({ log: [1] });
    replica.receive(part());
    replica.receive(heartbeatRequest({ from: '3', term: 3 }));
    replica.settle();
    replica.raft.snapshots.staged(ATTEMPT, 1, replica.instant);
    replica.raft.snapshots.installed(ATTEMPT, POINT, replica.founders, replica.instant);
    expect(replica.settle()).toEqual([]);
    // The state is the snapshot's all the same, so the log has to be.
    expect(replica.raft.logBase).toEqual(POINT);
  });
});

describe('Raft §7: log compaction, the leader', () => {
  it('Raft §7: a follower that needs what is compacted gets no entries, but heartbeats', () => {
    const replica = compactedLeader();
    replica.receive(heartbeatResponse({ from: '3' }));
    expect(
      replica.raft.leadership?.progressOf(replica.founders.voters[2] ?? replica.id),
    ).toMatchObject({ state: 'snapshot', matchIndex: 0, nextIndex: 1, paused: true });
    expect(replica.raft.leadership?.replication.snapshotTargets()).toEqual(['3']);
    replica.propose('d');
    replica.receive(heartbeatResponse({ from: '3' }), rejected(4, [0, 0], { from: '3' }));
    expect(replica.messages().filter(({ to }) => to === '3')).toEqual([]);
    replica.tick();
    expect(replica.messages().filter(({ to }) => to === '3')).toEqual([
      heartbeatRequest({ from: '1', to: '3', round: 2 }),
    ]);
  });

  it('Raft §7: it goes on after the snapshot', () => {
    const replica = compactedLeader();
    replica.receive(heartbeatResponse({ from: '3' }));
    replica.receive(snapshotResponse({ held: 3 }, { from: '3' }));
    const entries = replica.entriesFrom(4);
    expect(replica.messages()).toEqual([
      appendRequest({ from: '1', to: '3', prev: [3, 1], entries, commit: 4, round: 1 }),
    ]);
    expect(replica.raft.leadership?.replication.snapshotTargets()).toEqual([]);
  });

  it('Raft §7: a follower that acknowledges a compacted index needs a newer snapshot', () => {
    const replica = compactedLeader();
    replica.receive(heartbeatResponse({ from: '3' }));
    replica.receive(snapshotResponse({ held: 2 }, { from: '3' }));
    expect(replica.messages()).toEqual([]);
    expect(replica.raft.leadership?.replication.snapshotTargets()).toEqual(['3']);
  });

  it('a follower that is silent is sent no snapshot', () => {
    const replica = compactedLeader();
    replica.receive(heartbeatResponse({ from: '3' }));
    for (let beat = 0; beat < 4; beat += 1) {
      replica.tick();
      replica.receive(heartbeatResponse({ round: beat + 2 }));
    }
    expect(replica.raft.leadership?.replication.snapshotTargets()).toEqual([]);
    replica.receive(heartbeatResponse({ from: '3', round: 5 }));
    expect(replica.raft.leadership?.replication.snapshotTargets()).toEqual(['3']);
  });

  it('nobody holds more than the leader by a snapshot either', () => {
    const replica = compactedLeader();
    replica.receive(heartbeatResponse({ from: '3' }));
    replica.receive(snapshotResponse({ held: 99 }, { from: '3' }));
    expect(replica.raft.leadership?.matchIndexOf(replica.founders.voters[2] ?? replica.id)).toBe(0);
  });
});

describe('Raft §7: log compaction, the log', () => {
  it('Raft §7: keeps term and log time of the last entry it forgets', () => {
    const replica = new Replica();
    replica.receive(
      appendRequest({ entries: [entry(1, 1, 'x', 100), entry(2, 1, 'y', 200)], commit: 2 }),
    );
    replica.settle();
    replica.raft.compact(logIndex(2));
    expect(replica.output().write).toEqual({
      id: 2,
      hardState: null,
      truncateFrom: null,
      compactThrough: { index: 2, term: 1, timeMs: 200 },
      entries: [],
    });
    expect([replica.raft.termAt(logIndex(1)), replica.raft.termAt(logIndex(2))]).toEqual([
      undefined,
      1,
    ]);
  });

  it('Raft §7: never forgets what is not committed and on the disk', () => {
    const replica = new Replica({ log: [1, 1, 1], commitIndex: 2 });
    expect(() => replica.raft.compact(logIndex(3))).toThrow('compacts only what could be applied');
    const behind = new Replica();
    behind.receive(appendRequest({ entries: entriesOfTerms([1, 1]), commit: 2 }));
    expect(() => behind.raft.compact(logIndex(2))).toThrow('compacts only what could be applied');
  });
});
