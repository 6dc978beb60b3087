import { LockPicture, type Mode, type PicturePlace } from '../../checks/lock-picture.js';
import { expectRealDeadlock, type NamedEdge } from './deadlocks.js';

type Wanted = Readonly<Record<string, Mode>>;

const FALSE = /^a request is not refused that only waits behind a multi-lock/;

/** `one` holds b, for which `five` waits at both locks. */
function pictured(): LockPicture {
  const picture = new LockPicture();
  const holder = { party: '/one', owner: 'one', sessionId: null };
  picture.holds.set(1, { ...holder, holdId: 1, name: 'b', mode: 'exclusive', token: 1, holds: 1 });
  waits(picture, 'five', { a: 'exclusive', b: 'exclusive' });
  return picture;
}

/** Last in the queues. */
function waits(picture: LockPicture, owner: string, wanted: Wanted): void {
  const waiterId = picture.waiters.size + 1;
  const places: PicturePlace[] = [];
  const waiter = { waiterId, party: `/${owner}`, owner, places, term: 1 };
  for (const [name, mode] of Object.entries(wanted)) {
    places.push({ waiter, name, mode, rank: waiterId });
  }
  picture.waiters.set(waiterId, waiter);
}

/** The refusal of a request of `one`, which waits for `five` at a. */
function refused(picture: LockPicture, wanted: Wanted): () => void {
  const locks = Object.entries(wanted).map(([name, mode]) => ({ name, mode }));
  const cycle: readonly NamedEdge[] = [
    { owner: 'one', waitsFor: 'five', lock: 'a' },
    { owner: 'five', waitsFor: 'one', lock: 'b' },
  ];
  return () => expectRealDeadlock(picture, { party: '/one', owner: 'one', locks }, cycle);
}

describe('A refused request', () => {
  it('was refused wrongly when it could have passed the multi-lock that it waits behind', () => {
    expect(refused(pictured(), { a: 'shared' })).toThrow(FALSE);
    expect(refused(pictured(), { a: 'shared', b: 'exclusive' })).toThrow(FALSE);
  });

  describe('where the multi-lock would wait for itself, sent behind another that waits', () => {
    const picture = pictured();
    waits(picture, 'four', { a: 'shared' });
    waits(picture, 'four', { b: 'exclusive' });

    it('was refused rightly', () => {
      expect(refused(picture, { a: 'shared' })).not.toThrow();
    });

    it('also when it asks for a lock that its party has already (seed 207874)', () => {
      expect(refused(picture, { a: 'shared', b: 'exclusive' })).not.toThrow();
      expect(refused(picture, { a: 'shared', b: 'shared' })).not.toThrow();
    });
  });
});
