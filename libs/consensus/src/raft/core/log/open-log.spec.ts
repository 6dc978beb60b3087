import { entriesOfTerms, membersEntry } from '../../testing/entries.js';
import { MemoryDisk } from '../../testing/memory-disk.js';
import { logIndex, replicaId, term, writeId } from '../identifiers.js';
import { configuration, NO_MEMBERS } from '../membership/configuration.js';
import { Membership } from '../membership/membership.js';
import type { LogPoint } from './log-point.js';
import { openLog } from './open-log.js';
import type { RaftLog } from './raft-log.js';

const INSTALLED: LogPoint = { index: logIndex(4), term: term(2), timeMs: 900 };

/** What is found on a disk whose state has applied up to entry 4. */
function open(
  terms: readonly number[],
  installed: LogPoint | null,
  membership = new Membership(NO_MEMBERS),
): RaftLog {
  const disk = new MemoryDisk({ term: term(9), votedFor: null }, entriesOfTerms(terms));
  const start = { baseIndex: logIndex(0), baseTerm: term(0), baseTimeMs: 0 };
  const lastIndex = logIndex(terms.length);
  return openLog(disk, { ...start, lastIndex, commitIndex: logIndex(4) }, installed, membership);
}

function summary(log: RaftLog) {
  return [log.base.index, log.lastIndex, log.lastTerm, log.commitIndex, log.applicableIndex];
}

describe('openLog', () => {
  it('takes a log that reaches the installed snapshot as it is', () => {
    expect(summary(open([1, 1, 2, 2, 2], INSTALLED))).toEqual([0, 5, 2, 4, 4]);
    expect(summary(open([1, 1, 1, 1, 1], null))).toEqual([0, 5, 1, 4, 4]);
  });

  it('resets a log that ends before the installed snapshot', () => {
    const log = open([1, 1], INSTALLED);
    expect(summary(log)).toEqual([4, 4, 2, 4, 0]);
    expect(log.lastTimeMs).toBe(900);
    expect(log.takeUnwritten(writeId(1))).toEqual({
      truncateFrom: null,
      entries: [],
      compactThrough: INSTALLED,
    });
    log.written(writeId(1));
    expect(summary(log)).toEqual([4, 4, 2, 4, 4]);
  });

  // Breaks otherwise: entries that were never committed count as applied, and are handed on.
  it('resets a log that holds another history where the snapshot ends', () => {
    const log = open([1, 1, 1, 1, 1, 1], INSTALLED);
    expect(summary(log)).toEqual([4, 4, 2, 4, 0]);
    expect(log.takeUnwritten(writeId(1))).toEqual({
      truncateFrom: 4,
      entries: [],
      compactThrough: INSTALLED,
    });
  });

  it('takes a log that was compacted beyond the snapshot as it is', () => {
    const disk = new MemoryDisk({ term: term(9), votedFor: null }, []);
    const base = { baseIndex: logIndex(7), baseTerm: term(3), baseTimeMs: 50 };
    const start = { ...base, lastIndex: logIndex(7), commitIndex: logIndex(7) };
    expect(summary(openLog(disk, start, INSTALLED, new Membership(NO_MEMBERS)))).toEqual([
      7, 7, 3, 7, 7,
    ]);
  });

  it('finds the configurations that were not applied, and leaves the others to the state', () => {
    const entries = [
      membersEntry(1, 1, { voters: ['8'] }),
      ...entriesOfTerms([1, 1, 1], 2),
      membersEntry(5, 1, { voters: ['1', '2'], outgoing: ['1'] }),
      membersEntry(6, 1, { voters: ['1', '2'] }),
    ];
    const disk = new MemoryDisk({ term: term(9), votedFor: null }, entries);
    const start = { baseIndex: logIndex(0), baseTerm: term(0), baseTimeMs: 0 };
    const bounds = { lastIndex: logIndex(6), commitIndex: logIndex(4) };
    const membership = new Membership(configuration([replicaId('1')]));
    openLog(disk, { ...start, ...bounds }, null, membership);
    expect([membership.committed.voters, membership.effective.voters]).toEqual([['1'], ['1', '2']]);
    membership.truncated(logIndex(6));
    expect(membership.effective.outgoingVoters).toEqual(['1']);
  });

  // Breaks otherwise: what the log held counts, though the snapshot contradicts it.
  it('takes the members of an installed snapshot when the log is reset to it', () => {
    const entries = [...entriesOfTerms([1, 1, 1]), membersEntry(4, 1, { voters: ['8', '9'] })];
    const disk = new MemoryDisk({ term: term(9), votedFor: null }, entries);
    const start = { baseIndex: logIndex(0), baseTerm: term(0), baseTimeMs: 0 };
    const bounds = { lastIndex: logIndex(4), commitIndex: logIndex(4) };
    const membership = new Membership(configuration([replicaId('1')]));
    openLog(disk, { ...start, ...bounds }, INSTALLED, membership);
    expect([membership.effective.voters, membership.settled]).toEqual([['1'], true]);
  });
});
