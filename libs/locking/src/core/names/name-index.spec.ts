import fc from 'fast-check';
import { compareByteOrder } from '@sinkron/utf8';
import { NameIndex } from './name-index.js';

function indexOf(names: Iterable<string>): NameIndex {
  const index = new NameIndex();
  for (const name of names) index.add(name);
  return index;
}

/** A permutation of `[0, count)` that looks random and is the same in every run. */
function shuffled(count: number): number[] {
  const stride = 61_803;
  return Array.from({ length: count }, (_, at) => (at * stride) % count);
}

describe('NameIndex', () => {
  it('lists by prefix, after a name, in byte order', () => {
    const index = indexOf(['b', 'a/2', 'a/1', 'a', '\ufffd', '😀', 'a0']);
    expect([...index.listed('', null)]).toEqual(['a', 'a/1', 'a/2', 'a0', 'b', '\ufffd', '😀']);
    expect([...index.listed('a/', null)]).toEqual(['a/1', 'a/2']);
    expect([...index.listed('a', 'a/1')]).toEqual(['a/2', 'a0']);
    expect([...index.listed('a/', 'a/15')]).toEqual(['a/2']);
    expect([...index.listed('a/', 'b')]).toEqual([]);
    expect([...index.listed('c', null)]).toEqual([]);
    expect([...index.listed('a', 'A')]).toEqual(['a', 'a/1', 'a/2', 'a0']);
    expect([...new NameIndex().listed('', null)]).toEqual([]);
  });

  it('refuses to add twice and to remove what is not there', () => {
    const index = indexOf(['a']);
    expect(() => index.add('a')).toThrow('NameIndex: a name is added once');
    expect(() => index.remove('b')).toThrow('NameIndex: a removed name is there');
  });

  it('keeps 100,000 names in order, added and removed in any order', () => {
    const names = shuffled(100_000).map((number) => `lock/${number}`);
    expect(new Set(names).size).toBe(100_000);
    const index = indexOf(names);
    index.validate();
    const sorted = [...names].sort(compareByteOrder);
    expect([...index.listed('', null)]).toEqual(sorted);
    const middle = sorted[50_000] ?? '';
    expect(index.listed('lock/', middle).next().value).toBe(sorted[50_001]);
    for (const name of names) if (!name.endsWith('7')) index.remove(name);
    index.validate();
    expect([...index.listed('', null)]).toEqual(sorted.filter((name) => name.endsWith('7')));
  });

  it('lists on while names come and go: none that stays is left out or comes twice', () => {
    const names = Array.from({ length: 2_000 }, (_, at) => `lock/${String(at).padStart(4, '0')}`);
    const index = indexOf(names);
    const listing = index.listed('lock/', null);
    const listed = names.slice(0, 1_000).map(() => listing.next().value);
    expect(listed).toEqual(names.slice(0, 1_000));
    for (const name of names.slice(1, 999)) index.remove(name);
    index.add('lock/0000/new');
    index.add('lock/1500/new');
    index.remove('lock/1999');
    expect([...listing]).toEqual(
      [...names.slice(1_000, 1_999), 'lock/1500/new'].sort(compareByteOrder),
    );
    const emptied = index.listed('', null);
    expect(emptied.next().value).toBe('lock/0000');
    index.clear();
    expect(emptied.next().done).toBe(true);
  });

  it('is a sorted set under any additions and removals', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\uffff', '😀'), maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(name, { maxLength: 200 }),
        name,
        fc.option(name),
        (toggles, prefix, after) => {
          const index = new NameIndex();
          const reference = new Set<string>();
          for (const toggled of toggles) {
            if (reference.delete(toggled)) {
              index.remove(toggled);
            } else {
              index.add(toggled);
              reference.add(toggled);
            }
          }
          index.validate();
          const expected = [...reference]
            .sort(compareByteOrder)
            .filter((listed) => listed.startsWith(prefix))
            .filter((listed) => after === null || compareByteOrder(listed, after) > 0);
          expect([...index.listed(prefix, after)]).toEqual(expected);
        },
      ),
      { seed: 1 },
    );
  });
});
