import type { LockMode } from '../../commands/holder.js';
import { Lock } from '../state/lock.js';
import { Party } from '../state/party.js';
import { Waiter } from '../state/waiter.js';
import { seededDraw } from '../testing/random-commands.js';
import { comparePlaces, type Place } from './place.js';
import { WaitQueue } from './wait-queue.js';

const TERMS = { ttlMs: 1_000, lockDelayMs: 0, metadata: null, sinceMs: 0, idempotency: null };

/** Places of one lock, and the queue they stand in. */
class Standing {
  readonly queue = new WaitQueue();
  private readonly lock = new Lock('a');
  private readonly parties = new Map<string, Party>();
  private lastId = 0;

  nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  join(owner: string, mode: LockMode): Place {
    const party = this.parties.get(owner) ?? new Party(owner, null);
    this.parties.set(owner, party);
    const waiter = new Waiter(this.nextId(), party, [{ lock: this.lock, mode }], TERMS, ['node1']);
    const [place] = waiter.places;
    if (place === undefined) throw new Error('a waiter has a place');
    this.queue.join(place);
    return place;
  }

  /** Owner and mode of each place, runs of shared ones in brackets. */
  get order(): string {
    const groups: string[] = [];
    for (const place of this.queue) {
      if (place.group?.first !== place) continue;
      const owners = [...place.group.places()].map(({ party }) => party.owner);
      groups.push(place.mode === 'shared' ? `[${owners.join(' ')}]` : owners.join(' '));
    }
    return groups.join(' ');
  }

  /** The same places put in at once, in no order: their ranks alone say where they stand. */
  get rebuilt(): string {
    const places = [...this.queue];
    const order = this.order;
    for (const place of places) this.queue.leave(place);
    this.queue.rebuild(places.toReversed());
    return order === this.order ? 'the same' : this.order;
  }
}

describe('WaitQueue', () => {
  it('keeps shared places that stand together as one group', () => {
    const standing = new Standing();
    const [, , writer] = ['one', 'two', 'three', 'four', 'five'].map((owner) =>
      standing.join(owner, owner === 'three' ? 'exclusive' : 'shared'),
    );
    expect(standing.order).toBe('[one two] three [four five]');
    if (writer !== undefined) standing.queue.leave(writer);
    expect(standing.order).toBe('[one two four five]');
    standing.queue.validate();
  });

  it('puts a second request behind the first, in front of who comes later to its run', () => {
    const standing = new Standing();
    standing.join('one', 'shared');
    standing.join('two', 'shared');
    standing.join('one', 'exclusive');
    standing.join('three', 'shared');
    standing.join('two', 'shared');
    standing.join('three', 'exclusive');
    standing.join('one', 'shared');
    expect(standing.order).toBe('[one one two two] one [three] three');
    expect(standing.rebuilt).toBe('the same');
    standing.queue.validate();
  });

  it('a place that let others pass can be put back between the runs it parted', () => {
    const standing = new Standing();
    standing.join('one', 'shared');
    const writer = standing.join('two', 'exclusive');
    standing.join('three', 'shared');
    const { rank, previous } = writer;
    standing.queue.toTail(writer, standing.nextId());
    expect(standing.order).toBe('[one three] two');
    standing.queue.putBack(writer, rank, previous);
    expect(standing.order).toBe('[one] two [three]');
    standing.queue.validate();
  });

  it('is in order, in maximal runs, and the same when rebuilt, whatever comes and goes', () => {
    const owners = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (let seed = 1; seed <= 200; seed += 1) {
      const draw = seededDraw(seed);
      const standing = new Standing();
      const { queue } = standing;
      for (let step = 0; step < 60; step += 1) {
        const places = [...queue];
        const place = places[draw(Math.max(1, places.length))];
        const action = draw(10);
        if (action < 6 || place === undefined) {
          const owner = owners[draw(owners.length)] ?? 'one';
          standing.join(owner, draw(2) === 0 ? 'shared' : 'exclusive');
        } else if (action < 8) {
          queue.leave(place);
        } else if (place.upgrade) {
          queue.fromHead(place);
        } else if (action === 8 && place.mode === 'exclusive') {
          queue.toHead(place);
        } else {
          const { rank, previous } = place;
          queue.toTail(place, standing.nextId());
          if (draw(2) === 0) queue.putBack(place, rank, previous);
        }
        queue.validate();
        expect([...queue].sort(comparePlaces)).toEqual([...queue]);
        if (step % 10 === 9) expect(standing.rebuilt).toBe('the same');
      }
    }
  });
});
