import { entry } from '../../testing/entries.js';
import { logIndex } from '../identifiers.js';
import { UNCOMMITTED_BYTES_MAX, UNCOMMITTED_ENTRIES_MAX } from '../limits.js';
import { UncommittedEntries } from './uncommitted-entries.js';

describe('UncommittedEntries', () => {
  it('are counted until they are committed', () => {
    const uncommitted = new UncommittedEntries();
    for (const index of [4, 5, 6]) uncommitted.add(entry(index, 1));
    expect(uncommitted.count).toBe(3);
    uncommitted.committedThrough(logIndex(3));
    expect(uncommitted.count).toBe(3);
    uncommitted.committedThrough(logIndex(5));
    expect(uncommitted.count).toBe(1);
    uncommitted.committedThrough(logIndex(9));
    expect([uncommitted.count, uncommitted.full]).toEqual([0, false]);
  });

  it('are full by their bytes, and not for ever', () => {
    const uncommitted = new UncommittedEntries();
    uncommitted.add(entry(1, 1));
    uncommitted.add({ ...entry(2, 1), data: new Uint8Array(UNCOMMITTED_BYTES_MAX) });
    expect(uncommitted.full).toBe(true);
    uncommitted.committedThrough(logIndex(1));
    expect(uncommitted.full).toBe(true);
    uncommitted.committedThrough(logIndex(2));
    expect(uncommitted.full).toBe(false);
  });

  it('are full by their number', () => {
    const uncommitted = new UncommittedEntries();
    for (let index = 1; index < UNCOMMITTED_ENTRIES_MAX; index += 1)
      uncommitted.add(entry(index, 1));
    expect(uncommitted.full).toBe(false);
    uncommitted.add(entry(UNCOMMITTED_ENTRIES_MAX, 1));
    expect(uncommitted.full).toBe(true);
  });
});
