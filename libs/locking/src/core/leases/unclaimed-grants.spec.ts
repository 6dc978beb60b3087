import { UnclaimedGrants } from './unclaimed-grants.js';

describe('UnclaimedGrants', () => {
  it('abandons a grant when the last proposer that could claim it is closed', () => {
    const grants = new UnclaimedGrants();
    grants.add(1, 11, ['p', 'q']);
    grants.closed('p');
    expect([grants.claimable(1, 'p'), grants.claimable(1, 'q')]).toEqual([false, true]);
    expect(grants.takeAbandoned(10)).toEqual([]);
    grants.closed('q');
    expect(grants.claimable(1, 'q')).toBe(false);
    expect(grants.takeAbandoned(10)).toEqual([1]);
    expect(grants.takeAbandoned(10)).toEqual([]);
  });

  it('abandons nothing that was claimed: its client may believe in it', () => {
    const grants = new UnclaimedGrants();
    grants.add(1, 11, ['p']);
    grants.forget(1);
    grants.closed('p');
    expect([grants.takeAbandoned(10), grants.size]).toEqual([[], 0]);
    expect(grants.claimable(1, 'p')).toBe(true);
  });

  it('gives a refused abandoning again, but not that of a grant that ended meanwhile', () => {
    const grants = new UnclaimedGrants();
    grants.add(1, 11, ['p']);
    grants.add(2, 12, ['p']);
    grants.closed('p');
    const taken = grants.takeAbandoned(10);
    grants.forget(1);
    grants.refused(taken);
    expect(grants.takeAbandoned(10)).toEqual([2]);
  });

  it('takes so many waiters that their holds fit one command, multi-locks whole', () => {
    const grants = new UnclaimedGrants();
    for (const waiterId of [1, 2, 3]) {
      for (let at = 0; at < 4; at += 1) grants.add(waiterId, 10 * waiterId + at, ['p']);
    }
    grants.closed('p');
    expect(grants.takeAbandoned(8)).toEqual([1, 2]);
    expect(grants.takeAbandoned(3)).toEqual([3]);
  });

  it('knows the waiters of a hold that several waited for', () => {
    const grants = new UnclaimedGrants();
    grants.add(1, 11, ['p']);
    grants.add(2, 11, ['q']);
    expect(grants.waitersOf(11)).toEqual([1, 2]);
    grants.forget(1);
    expect([grants.waitersOf(11), grants.proposersOf(2)]).toEqual([[2], ['q']]);
    grants.clear();
    expect([grants.waitersOf(11), grants.size]).toEqual([[], 0]);
  });
});
