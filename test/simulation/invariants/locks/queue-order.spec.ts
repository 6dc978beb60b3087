import type { Mode, PicturePlace } from '../../checks/lock-picture.js';
import { expectPlacedLast } from './queue-order.js';

const BARGED = /^who comes waits behind the others/;

function placeOf(owner: string, waiterId: number, rank: number, mode: Mode): PicturePlace {
  const waiter = { waiterId, party: `/${owner}`, owner, places: [], term: 1 };
  return { waiter, name: 'lock', mode, rank };
}

/** The queue of seed 205120 before the request that had `three`'s first one granted. */
const STOOD = [
  placeOf('six', 56, 56, 'shared'),
  placeOf('three', 57, 57, 'exclusive'),
  placeOf('two', 58, 58, 'shared'),
];

describe('A place in a queue', () => {
  it('is the last, by the number of the waiter', () => {
    expect(() => expectPlacedLast(STOOD, placeOf('one', 59, 59, 'shared'))).not.toThrow();
    expect(() => expectPlacedLast([], placeOf('one', 59, 59, 'shared'))).not.toThrow();
  });

  it('is with the first of its party that stood there, though that one is granted by now', () => {
    expect(() => expectPlacedLast(STOOD, placeOf('three', 59, 57, 'shared'))).not.toThrow();
    expect(() => expectPlacedLast(STOOD, placeOf('six', 59, 56.5, 'exclusive'))).not.toThrow();
  });

  it('is not in front of others whom its party did not stand in front of', () => {
    expect(() => expectPlacedLast(STOOD, placeOf('one', 59, 57, 'shared'))).toThrow(
      'who comes waits behind the others {"name":"lock","owner":"one","waiterId":59,"rank":57}',
    );
    expect(() => expectPlacedLast(STOOD, placeOf('three', 59, 56, 'shared'))).toThrow(BARGED);
    expect(() => expectPlacedLast(STOOD, placeOf('three', 59, 60, 'shared'))).toThrow(BARGED);
    expect(() => expectPlacedLast([], placeOf('three', 59, 57, 'shared'))).toThrow(BARGED);
  });
});
