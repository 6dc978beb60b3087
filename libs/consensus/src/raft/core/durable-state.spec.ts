import { entriesOfTerms } from '../testing/entries.js';
import { MemoryDisk } from '../testing/memory-disk.js';
import { DurableState } from './durable-state.js';
import { logIndex, replicaId, term, writeId } from './identifiers.js';
import { RaftLog } from './log/raft-log.js';
import { NO_MEMBERS } from './membership/configuration.js';
import { Membership } from './membership/membership.js';

const candidate = replicaId('2');

function state(terms: readonly number[] = [], now = terms.at(-1) ?? 0) {
  const hardState = { term: term(now), votedFor: null };
  const log = new RaftLog(
    new MemoryDisk(hardState, entriesOfTerms(terms)),
    {
      baseIndex: logIndex(0),
      baseTerm: term(0),
      baseTimeMs: 0,
      lastIndex: logIndex(terms.length),
      commitIndex: logIndex(0),
    },
    new Membership(NO_MEMBERS),
  );
  return { log, durable: new DurableState(hardState, log) };
}

describe('DurableState', () => {
  it('has nothing to write at first, and promises need no write', () => {
    const { durable } = state([1, 1]);
    expect(durable.takeWrite()).toBeNull();
    expect(durable.writeBehind(logIndex(2))).toBe(0);
  });

  it('a promise waits for the write that makes term and vote durable', () => {
    const { durable } = state();
    durable.set(term(3), candidate);
    expect(durable.writeBehind()).toBe(1);
    expect(durable.takeWrite()).toEqual({
      id: 1,
      hardState: { term: 3, votedFor: '2' },
      truncateFrom: null,
      compactThrough: null,
      entries: [],
    });
    expect(durable.writeBehind()).toBe(1);
    durable.persisted(writeId(1));
    expect([durable.writeBehind(), durable.takeWrite()]).toEqual([0, null]);
  });

  it('a second change while the first is written waits for its own write', () => {
    const { durable } = state();
    durable.set(term(3), null);
    durable.takeWrite();
    durable.set(term(3), candidate);
    expect(durable.writeBehind()).toBe(2);
    expect(durable.takeWrite()).toMatchObject({ id: 2, hardState: { term: 3, votedFor: '2' } });
    durable.persisted(writeId(1));
    expect(durable.writeBehind()).toBe(2);
    durable.persisted(writeId(2));
    expect(durable.writeBehind()).toBe(0);
  });

  it('changes that gather before a write are one write', () => {
    const { durable } = state();
    durable.set(term(3), null);
    durable.set(term(4), candidate);
    expect(durable.writeBehind()).toBe(1);
    expect(durable.takeWrite()).toMatchObject({ id: 1, hardState: { term: 4, votedFor: '2' } });
    expect(durable.takeWrite()).toBeNull();
  });

  it('a promise of entries waits for the later of both writes', () => {
    const { log, durable } = state([1]);
    log.append(entriesOfTerms([1], 2));
    durable.takeWrite();
    expect([durable.writeBehind(), durable.writeBehind(logIndex(2))]).toEqual([0, 1]);
    durable.set(term(2), null);
    expect([durable.writeBehind(), durable.writeBehind(logIndex(2))]).toEqual([2, 2]);
    log.append(entriesOfTerms([2], 3));
    durable.takeWrite();
    log.append(entriesOfTerms([2], 4));
    const promises = [2, 3, 4].map((index) => durable.writeBehind(logIndex(index)));
    expect(promises).toEqual([2, 2, 3]);
  });

  it('a flush tells whether the log grew on the disk', () => {
    const { log, durable } = state();
    durable.set(term(1), null);
    durable.takeWrite();
    log.append(entriesOfTerms([1]));
    durable.takeWrite();
    expect(durable.persisted(writeId(1))).toBe(false);
    expect(durable.persisted(writeId(2))).toBe(true);
    expect(durable.persisted(writeId(2))).toBe(false);
  });

  it('votes once a term, and never goes back', () => {
    const { durable } = state([], 3);
    durable.set(term(3), candidate);
    durable.set(term(3), candidate);
    expect(() => durable.set(term(3), replicaId('3'))).toThrow('one vote a term');
    expect(() => durable.set(term(3), null)).toThrow('one vote a term');
    expect(() => durable.set(term(2), null)).toThrow('terms never go back');
  });

  it('hears only of writes that it handed over', () => {
    const { durable } = state();
    expect(() => durable.persisted(writeId(1))).toThrow('only what was written is persisted');
  });

  it('a log that is ahead of the term was not written by this replica', () => {
    expect(() => state([1, 4], 3)).toThrow('DurableState: last log term <= term');
  });
});
