import { entriesOfTerms, entry, entryName } from '../../testing/entries.js';
import { MemoryDisk } from '../../testing/memory-disk.js';
import { logIndex, term, writeId } from '../identifiers.js';
import { RECENT_BYTES_MAX } from '../limits.js';
import { RaftLog } from './raft-log.js';
import { NO_MEMBERS } from '../membership/configuration.js';
import { Membership } from '../membership/membership.js';

const UNLIMITED = Number.POSITIVE_INFINITY;
const i = logIndex;

function openLog(terms: readonly number[] = [], commitIndex = 0) {
  const disk = new MemoryDisk({ term: term(99), votedFor: null }, entriesOfTerms(terms));
  const log = new RaftLog(
    disk,
    {
      baseIndex: i(0),
      baseTerm: term(0),
      baseTimeMs: 0,
      lastIndex: i(terms.length),
      commitIndex: i(commitIndex),
    },
    new Membership(NO_MEMBERS),
  );
  let last = 0;
  /** Hands what is unwritten to the disk as the next write. */
  const write = () => {
    last += 1;
    const change = log.takeUnwritten(writeId(last));
    disk.write({ id: writeId(last), hardState: null, ...change });
    return change;
  };
  const flush = (count?: number): boolean => {
    const flushed = disk.flush(count);
    return flushed !== null && log.written(flushed);
  };
  const covering = (index: number): number => log.writeCovering(i(index), writeId(last + 1));
  return { log, disk, write, flush, covering };
}

/** The whole log, by as many calls as it takes. */
function names(log: RaftLog): readonly string[] {
  const found: string[] = [];
  while (found.length < log.lastIndex) {
    const from = i(found.length + 1);
    found.push(...log.entries(from, i(log.lastIndex + 1), UNLIMITED).map(entryName));
  }
  return found;
}

describe('RaftLog: writing', () => {
  it('hands over what was appended once, and knows when it is durable', () => {
    const { log, write, flush, covering } = openLog([1]);
    expect(log.hasUnwritten).toBe(false);
    log.append(entriesOfTerms([1, 1], 2));
    expect([log.hasUnwritten, log.lastIndex, log.durableIndex]).toEqual([true, 3, 1]);
    expect([1, 2, 3].map(covering)).toEqual([0, 1, 1]);
    expect(write()).toEqual({
      truncateFrom: null,
      compactThrough: null,
      entries: entriesOfTerms([1, 1], 2),
    });
    expect([log.hasUnwritten, covering(3)]).toEqual([false, 1]);
    log.append(entriesOfTerms([1], 4));
    expect([2, 3, 4].map(covering)).toEqual([1, 1, 2]);
    expect(flush()).toBe(true);
    expect([2, 3, 4].map(covering)).toEqual([0, 0, 2]);
    expect(log.durableIndex).toBe(3);
  });

  it('writes flushed together count together, and each once', () => {
    const { log, write, flush } = openLog();
    log.append(entriesOfTerms([1]));
    write();
    log.append(entriesOfTerms([1], 2));
    write();
    expect(flush()).toBe(true);
    expect(log.durableIndex).toBe(2);
    expect(log.written(writeId(2))).toBe(false);
  });

  it('applies what is committed and durable, whichever comes last', () => {
    const { log, write, flush } = openLog();
    log.append(entriesOfTerms([1, 1, 1]));
    log.commitTo(i(2));
    expect(log.applicableIndex).toBe(0);
    write();
    flush();
    expect(log.applicableIndex).toBe(2);
    log.commitTo(i(3));
    expect(log.applicableIndex).toBe(3);
  });
});

describe('RaftLog: truncation', () => {
  it('of durable entries is handed over with what replaces them', () => {
    const { log, disk, write, flush } = openLog([1, 1, 1]);
    log.reconcile(entriesOfTerms([2], 2));
    expect([log.lastIndex, log.durableIndex, log.lastTerm]).toEqual([2, 1, 2]);
    expect(write()).toEqual({
      truncateFrom: 2,
      compactThrough: null,
      entries: entriesOfTerms([2], 2),
    });
    flush();
    expect([log.durableIndex, disk.durableEntries.map(entryName)]).toEqual([2, ['1@1', '2@2']]);
  });

  it('of entries never handed over leaves nothing to delete', () => {
    const { log, write } = openLog([1]);
    log.append(entriesOfTerms([1, 1], 2));
    log.reconcile(entriesOfTerms([2], 2));
    expect(write()).toEqual({
      truncateFrom: null,
      compactThrough: null,
      entries: entriesOfTerms([2], 2),
    });
  });

  it('while the old entries are being written: their write covers what is left of it', () => {
    const { log, disk, write, flush, covering } = openLog([1]);
    log.append(entriesOfTerms([1, 1, 1], 2));
    write();
    log.reconcile(entriesOfTerms([2, 2], 3));
    expect([2, 3, 4].map(covering)).toEqual([1, 2, 2]);
    expect(write()).toEqual({
      truncateFrom: 3,
      compactThrough: null,
      entries: entriesOfTerms([2, 2], 3),
    });
    expect([2, 3, 4].map(covering)).toEqual([1, 2, 2]);
    flush(1);
    expect([log.durableIndex, covering(2), covering(3)]).toEqual([2, 0, 2]);
    flush();
    expect(log.durableIndex).toBe(4);
    expect(disk.durableEntries.map(entryName)).toEqual(['1@1', '2@1', '3@2', '4@2']);
  });

  it('of several writes under way', () => {
    const { log, disk, write, flush, covering } = openLog();
    for (const index of [1, 2, 3]) {
      log.append(entriesOfTerms([1], index));
      write();
    }
    log.reconcile(entriesOfTerms([5, 5], 2));
    write();
    expect([1, 2, 3].map(covering)).toEqual([1, 4, 4]);
    flush(3);
    expect(log.durableIndex).toBe(1);
    flush();
    expect(log.durableIndex).toBe(3);
    expect(disk.durableEntries.map(entryName)).toEqual(['1@1', '2@5', '3@5']);
  });

  it('twice before a write deletes from the lower index', () => {
    const { log, disk, write, flush } = openLog([1, 1, 1, 1]);
    log.reconcile(entriesOfTerms([2, 2], 3));
    log.reconcile(entriesOfTerms([3], 2));
    expect(write()).toEqual({
      truncateFrom: 2,
      compactThrough: null,
      entries: entriesOfTerms([3], 2),
    });
    flush();
    expect(disk.durableEntries.map(entryName)).toEqual(['1@1', '2@3']);
  });

  it('twice, the second time above the first, keeps the lower index', () => {
    const { log, disk, write, flush } = openLog([1, 1, 1, 1]);
    log.reconcile(entriesOfTerms([2, 2], 2));
    log.reconcile(entriesOfTerms([3], 3));
    expect(write()).toEqual({
      truncateFrom: 2,
      compactThrough: null,
      entries: entriesOfTerms([2, 3], 2),
    });
    flush();
    expect(disk.durableEntries.map(entryName)).toEqual(['1@1', '2@2', '3@3']);
  });

  it('of what a write that truncated has just put down', () => {
    const { log, disk, write, flush, covering } = openLog([1, 1, 1]);
    log.reconcile(entriesOfTerms([2, 2], 2));
    write();
    log.reconcile(entriesOfTerms([3], 3));
    expect(write()).toEqual({
      truncateFrom: 3,
      compactThrough: null,
      entries: entriesOfTerms([3], 3),
    });
    expect([1, 2, 3].map(covering)).toEqual([0, 1, 2]);
    flush();
    expect(disk.durableEntries.map(entryName)).toEqual(['1@1', '2@2', '3@3']);
  });

  it('never touches committed entries', () => {
    const { log } = openLog([1, 1, 1], 2);
    log.reconcile(entriesOfTerms([2], 3));
    expect(() => log.reconcile(entriesOfTerms([2], 2))).toThrow('committed entries never change');
  });

  it('entries that are there already change nothing', () => {
    const { log } = openLog([1, 1, 2]);
    log.reconcile(entriesOfTerms([1, 2], 2));
    expect([log.hasUnwritten, log.lastIndex]).toEqual([false, 3]);
  });
});

describe('RaftLog: reading back', () => {
  it('finds terms in memory, on the disk, at the base, and nowhere else', () => {
    const { log } = openLog([1, 2]);
    log.append(entriesOfTerms([3], 3));
    expect([0, 1, 2, 3, 4].map((index) => log.term(i(index)))).toEqual([0, 1, 2, 3, undefined]);
    expect(names(log)).toEqual(['1@1', '2@2', '3@3']);
  });

  it('one call ends where the disk ends and memory begins', () => {
    const { log } = openLog([1, 1]);
    log.append(entriesOfTerms([1, 1], 3));
    expect(log.entries(i(1), i(9), UNLIMITED).map(entryName)).toEqual(['1@1', '2@1']);
    expect(log.entries(i(2), i(4), UNLIMITED).map(entryName)).toEqual(['2@1']);
    expect(log.entries(i(3), i(9), UNLIMITED).map(entryName)).toEqual(['3@1', '4@1']);
    expect(log.entries(i(5), i(9), UNLIMITED)).toEqual([]);
  });

  it('stops when the bytes are passed, but never before the first entry', () => {
    const { log } = openLog([1]);
    log.append([2, 3, 4].map((index) => entry(index, 1, 'x'.repeat(68))));
    expect(log.entries(i(2), i(5), 200)).toHaveLength(2);
    expect(log.entries(i(2), i(5), 199)).toHaveLength(1);
    expect(log.entries(i(2), i(5), 1)).toHaveLength(1);
    expect(log.entries(i(1), i(2), 1)).toHaveLength(1);
  });

  it('forgets the oldest durable entries beyond the limit, and reads them from the disk', () => {
    const { log, write, flush } = openLog();
    const half = 'x'.repeat(RECENT_BYTES_MAX / 2);
    log.append([1, 2, 3].map((index) => entry(index, 1, half)));
    write();
    flush();
    const found = log.entries(i(1), i(4), UNLIMITED);
    expect(found.map(entryName)).toEqual(['1@1', '2@1']);
    expect(log.entries(i(3), i(4), UNLIMITED).map(entryName)).toEqual(['3@1']);
    expect([1, 2, 3].map((index) => log.term(i(index)))).toEqual([1, 1, 1]);
  });

  it('forgets nothing that is not durable', () => {
    const { log, write, flush } = openLog();
    const half = 'x'.repeat(RECENT_BYTES_MAX / 2);
    for (const index of [1, 2, 3, 4]) {
      log.append([entry(index, 1, half)]);
      write();
    }
    flush(1);
    expect(names(log)).toEqual(['1@1', '2@1', '3@1', '4@1']);
    expect(log.entries(i(2), i(5), UNLIMITED)).toHaveLength(3);
  });

  it('goes on after an entry larger than the limit was forgotten', () => {
    const { log, disk, write, flush } = openLog();
    log.append([entry(1, 1, 'x'.repeat(RECENT_BYTES_MAX))]);
    write();
    flush();
    log.append(entriesOfTerms([1], 2));
    expect(names(log)).toEqual(['1@1', '2@1']);
    log.reconcile(entriesOfTerms([2], 1));
    expect(write()).toEqual({
      truncateFrom: 1,
      compactThrough: null,
      entries: entriesOfTerms([2]),
    });
    flush();
    expect([names(log), disk.durableEntries.length]).toEqual([['1@2'], 1]);
  });

  it('truncates below what memory holds', () => {
    const { log, write, flush } = openLog([1, 1, 1, 1]);
    log.append(entriesOfTerms([1], 5));
    write();
    flush();
    log.reconcile(entriesOfTerms([2], 3));
    expect(names(log)).toEqual(['1@1', '2@1', '3@2']);
    expect(write()).toEqual({
      truncateFrom: 3,
      compactThrough: null,
      entries: entriesOfTerms([2], 3),
    });
  });

  it('finds the log time of its last entry in memory or on the disk', () => {
    expect(openLog().log.lastTimeMs).toBe(0);
    const disk = new MemoryDisk({ term: term(1), votedFor: null }, [entry(1, 1, 'x', 77)]);
    const start = {
      baseIndex: i(0),
      baseTerm: term(0),
      baseTimeMs: 0,
      lastIndex: i(1),
      commitIndex: i(0),
    };
    const log = new RaftLog(disk, start, new Membership(NO_MEMBERS));
    expect(log.lastTimeMs).toBe(77);
    log.append([entry(2, 1, 'y', 99)]);
    expect(log.lastTimeMs).toBe(99);
  });

  it('stops when the disk lacks what is durable', () => {
    const empty = { entries: () => [], term: () => undefined };
    const start = {
      baseIndex: i(0),
      baseTerm: term(0),
      baseTimeMs: 0,
      lastIndex: i(3),
      commitIndex: i(0),
    };
    const log = new RaftLog(empty, start, new Membership(NO_MEMBERS));
    expect(() => log.entries(i(1), i(4), 10)).toThrow('finds on disk what is durable');
    expect(() => log.lastTerm).toThrow('RaftLog: knows the term');
  });
});

describe('RaftLog: comparing', () => {
  it.each([
    { log: [1, 1, 4, 4], index: 9, bound: 9, found: 4 },
    { log: [1, 1, 4, 4], index: 3, bound: 9, found: 3 },
    { log: [1, 1, 4, 4], index: 4, bound: 3, found: 2 },
    { log: [1, 1, 4, 4], index: 4, bound: 0, found: 0 },
    { log: [], index: 4, bound: 4, found: 0 },
  ])(
    'last index to $index of $log with a term of at most $bound',
    ({ log, index, bound, found }) => {
      expect(openLog(log).log.lastIndexWithTermAtMost(i(index), term(bound))).toBe(found);
    },
  );

  it('commits only what it has, and never goes back', () => {
    const { log } = openLog([1, 1]);
    expect(log.commitTo(i(2))).toBe(true);
    expect(log.commitTo(i(1))).toBe(false);
    expect(log.commitIndex).toBe(2);
    expect(() => log.commitTo(i(3))).toThrow('RaftLog: commits only what it has');
  });

  it('indexes have no gap', () => {
    const { log } = openLog([1]);
    expect(() => log.append(entriesOfTerms([1], 3))).toThrow('RaftLog: indexes have no gap');
  });

  it('a log that begins after a base knows the base, and nothing before it', () => {
    const reader = { entries: () => [], term: () => undefined };
    const start = {
      baseIndex: i(7),
      baseTerm: term(3),
      baseTimeMs: 0,
      lastIndex: i(7),
      commitIndex: i(7),
    };
    const log = new RaftLog(reader, start, new Membership(NO_MEMBERS));
    expect([log.term(i(6)), log.term(i(7)), log.lastTerm]).toEqual([undefined, 3, 3]);
    log.append(entriesOfTerms([4], 8));
    expect(log.entries(i(8), i(9), UNLIMITED).map(entryName)).toEqual(['8@4']);
    expect(() => log.entries(i(7), i(9), UNLIMITED)).toThrow('RaftLog: reads above the base');
    expect(log.lastIndexWithTermAtMost(i(8), term(2))).toBe(7);
  });
});
