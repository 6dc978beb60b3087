import type { Entry, EntryKind } from '../core/entry.js';
import { logIndex, replicaId, term } from '../core/identifiers.js';
import { encodeConfiguration } from '../core/membership/configuration-codec.js';

export function entry(
  index: number,
  entryTerm: number,
  data = '',
  timeMs = 0,
  kind: EntryKind = data === '' ? 'noop' : 'commands',
): Entry {
  const bytes = new TextEncoder().encode(data);
  return { index: logIndex(index), term: term(entryTerm), kind, timeMs, data: bytes };
}

/** An entry that makes these the members. */
export function membersEntry(
  index: number,
  entryTerm: number,
  members: {
    readonly voters: readonly string[];
    readonly outgoing?: readonly string[];
    readonly learners?: readonly string[];
  },
  timeMs = 0,
): Entry {
  const data = encodeConfiguration({
    voters: members.voters.map(replicaId),
    outgoingVoters: (members.outgoing ?? []).map(replicaId),
    learners: (members.learners ?? []).map(replicaId),
  });
  return { ...entry(index, entryTerm, '', timeMs, 'configuration'), data };
}

/** Entries from `firstIndex` on, one for each term given. */
export function entriesOfTerms(terms: readonly number[], firstIndex = 1): readonly Entry[] {
  return terms.map((entryTerm, offset) => entry(firstIndex + offset, entryTerm));
}

/** `index@term`, the way traces and expectations write an entry. */
export function entryName(given: Pick<Entry, 'index' | 'term'>): string {
  return `${given.index}@${given.term}`;
}
