import { FencedStorage } from './fenced-storage.js';

describe('FencedStorage', () => {
  let now: number;
  let storage: FencedStorage;

  beforeEach(() => {
    now = 0;
    storage = new FencedStorage(() => now);
  });

  const alice = { owner: 'alice', token: 1, until: 100 };
  const bob = { owner: 'bob', token: 2, until: 200 };

  it('takes writers one after the other', () => {
    storage.write('lock', alice, storage.read('lock', alice) ?? -1);
    expect(storage.read('lock', bob)).toBe(1);
    storage.write('lock', bob, 1);
    expect([storage.accepted, storage.violations]).toEqual([2, []]);
  });

  it('refuses who comes late: that is what tokens are for', () => {
    expect([storage.read('lock', alice), storage.read('lock', bob)]).toEqual([0, 0]);
    now = 100;
    storage.write('lock', alice, 0);
    expect(storage.read('lock', alice)).toBeNull();
    expect([storage.accepted, storage.violations]).toEqual([0, []]);
  });

  it('finds a later holder while the lease of the first goes on', () => {
    expect([storage.read('lock', alice), storage.read('lock', bob)]).toEqual([0, 0]);
    now = 99;
    storage.write('lock', alice, 0);
    expect(storage.violations).toEqual([
      'lock: alice with token 1, whose lease has not ended: bob was here with token 2',
    ]);
  });

  it('finds a write between a read and the write that rests on it', () => {
    const twin = { ...alice, owner: 'twin' };
    expect([storage.read('lock', alice), storage.read('lock', twin)]).toEqual([0, 0]);
    storage.write('lock', twin, 0);
    storage.write('lock', alice, 0);
    expect(storage.violations).toEqual(['lock: alice with token 1: it read 0 and finds 1 by twin']);
  });
});
