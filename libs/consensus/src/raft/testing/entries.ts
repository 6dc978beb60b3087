import type { Entry, EntryKind } from '../core/entry.js';
import { logIndex, term } from '../core/identifiers.js';

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

/** Entries from `firstIndex` on, one for each term given. */
export function entriesOfTerms(terms: readonly number[], firstIndex = 1): readonly Entry[] {
  return terms.map((entryTerm, offset) => entry(firstIndex + offset, entryTerm));
}

/** `index@term`, the way traces and expectations write an entry. */
export function entryName(given: Pick<Entry, 'index' | 'term'>): string {
  return `${given.index}@${given.term}`;
}
