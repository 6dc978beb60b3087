import { entriesOfTerms } from '../../testing/entries.js';
import { MemoryDisk } from '../../testing/memory-disk.js';
import { appendRequest } from '../../testing/messages.js';
import { logIndex, term } from '../identifiers.js';
import { acceptAppend } from './accept-append.js';
import { RaftLog } from './raft-log.js';
import { NO_MEMBERS } from '../membership/configuration.js';
import { Membership } from '../membership/membership.js';

function logOf(terms: readonly number[], commitIndex = 0): RaftLog {
  const disk = new MemoryDisk({ term: term(9), votedFor: null }, entriesOfTerms(terms));
  return new RaftLog(
    disk,
    {
      baseIndex: logIndex(0),
      baseTerm: term(0),
      baseTimeMs: 0,
      lastIndex: logIndex(terms.length),
      commitIndex: logIndex(commitIndex),
    },
    new Membership(NO_MEMBERS),
  );
}

describe('acceptAppend', () => {
  it('promises what matches, not what the log holds besides', () => {
    const log = logOf([1, 1, 1, 1]);
    const request = appendRequest({ prev: [1, 1], entries: entriesOfTerms([1], 2), commit: 4 });
    expect(acceptAppend(log, request)).toEqual({
      outcome: { accepted: true, matchIndex: 2 },
      promised: 2,
    });
    expect([log.lastIndex, log.commitIndex]).toEqual([4, 2]);
  });

  it('promises nothing when it refuses', () => {
    expect(acceptAppend(logOf([1]), appendRequest({ prev: [3, 1], commit: 3 }))).toEqual({
      outcome: { accepted: false, rejectedIndex: 3, hintIndex: 1, hintTerm: 1 },
      promised: 0,
    });
  });

  it('answers a message from before the commit index by the commit index', () => {
    const log = logOf([1, 1, 1], 2);
    const request = appendRequest({ prev: [1, 1], entries: entriesOfTerms([1, 2], 2), commit: 9 });
    expect(acceptAppend(log, request)).toEqual({
      outcome: { accepted: true, matchIndex: 2 },
      promised: 2,
    });
    expect([log.lastIndex, log.lastTerm, log.commitIndex]).toEqual([3, 1, 2]);
  });

  it('never asks for the term of what the disk may lack', () => {
    const log = logOf([2, 2]);
    log.reconcile(entriesOfTerms([3], 1));
    const refused = acceptAppend(log, appendRequest({ prev: [2, 2], entries: [] }));
    expect(refused.outcome).toEqual({
      accepted: false,
      rejectedIndex: 2,
      hintIndex: 0,
      hintTerm: 0,
    });
  });
});
