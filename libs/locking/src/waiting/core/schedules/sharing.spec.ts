import { CANCEL_RETRY_MS, UNATTENDED_NOTICE_MS } from '../limits.js';
import { RoomAtHand, UNTIL_MS } from './room-at-hand.js';

/** Two requests with one Idempotency-Key wait as one waiter. */
function shared(): RoomAtHand {
  const second = { waiterId: 1, keyed: true, untilMs: UNTIL_MS + 1_000 };
  return new RoomAtHand().attend(1, { keyed: true }).attend(2, second);
}

describe('requests with one Idempotency-Key', () => {
  it('are granted together', () => {
    const at = shared();
    expect(at.notice([1])).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['1: granted', '2: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('leave the queue when the last of them goes', () => {
    const at = shared();
    expect(at.leave(1)).toEqual([]);
    expect(at.leave(2)).toEqual(['cancel 1']);
    expect(at.cancelled(1, 'cancelled')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('have a time each; only the end of the last one cancels', () => {
    const at = shared();
    expect(at.advance(UNTIL_MS)).toEqual(['claim 1', '1: wait-timeout'].slice(1).concat('claim 1'));
    at.claimed({ 1: 'waiting' }, UNTIL_MS);
    expect(at.advance(UNTIL_MS + 1_000)).toEqual(['cancel 1']);
    expect(at.cancelled(1, 'granted')).toEqual(['2: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('find the waiter again by their latest proposer', () => {
    const at = shared();
    at.attend(3, { waiterId: 1, keyed: true, proposer: 'p2' });
    at.room.notice('p1', [1], 0);
    const claims = [{ waiterId: 1, proposer: 'p2' }];
    expect(at.room.takeOutputs()).toEqual([{ kind: 'claim', claims }]);
  });

  it('begin anew when they join a waiter that is cancelled', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    at.advance(UNTIL_MS);
    at.attend(2, { waiterId: 1, keyed: true, untilMs: 2 * UNTIL_MS });
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: wait-timeout', '2: gone']);
    expect(at.isEmpty).toBe(true);
  });

  it('are granted when they join a waiter whose cancellation came too late', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    at.leave(1);
    at.attend(2, { waiterId: 1, keyed: true });
    expect(at.room.undecided).toBe(0);
    expect(at.cancelled(1, 'granted')).toEqual(['2: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('ask at once when the wait has ended here before: another node may attend the waiter', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    at.leave(1);
    at.cancelled(1, 'cancelled');
    at.attend(2, { waiterId: 1, keyed: true });
    expect(at.outputs()).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'waiting' })).toEqual([]);
    expect(at.notice([1])).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['2: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('begin anew when they hear of the waiter after its end', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    at.leave(1);
    at.cancelled(1, 'cancelled');
    at.attend(2, { waiterId: 1, keyed: true });
    expect(at.outputs()).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'gone' })).toEqual(['2: gone']);
    expect(at.isEmpty).toBe(true);
  });
});

describe('a hint for a waiter that nobody attends', () => {
  it('cancels it after a while: its acquire was given up', () => {
    const at = new RoomAtHand();
    expect(at.notice([5], { nowMs: 100 })).toEqual([]);
    expect(at.notice([5], { nowMs: 900 })).toEqual([]);
    expect(at.room.nextDueMs()).toBe(100 + UNATTENDED_NOTICE_MS);
    expect(at.advance(100 + UNATTENDED_NOTICE_MS - 1)).toEqual([]);
    expect(at.advance(100 + UNATTENDED_NOTICE_MS)).toEqual(['cancel 5 release']);
    expect(at.room.undecided).toBe(1);
    at.cancelled(5, 'unknown', 3_000);
    expect(at.advance(3_000 + CANCEL_RETRY_MS)).toEqual(['cancel 5 release']);
    expect(at.cancelled(5, 'released')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('leaves it alone when its grant is remembered for an Idempotency-Key', () => {
    const at = new RoomAtHand();
    at.notice([5]);
    at.advance(UNATTENDED_NOTICE_MS);
    expect(at.cancelled(5, 'granted')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('never takes a lock from a client that was told of it', () => {
    const at = new RoomAtHand().attend(5);
    at.notice([5]);
    expect(at.claimed({ 5: 'granted' })).toEqual(['5: granted']);
    expect(at.notice([5])).toEqual([]);
    expect(at.advance(10 * UNATTENDED_NOTICE_MS)).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('does not touch what an earlier process of this node may have told', () => {
    const at = new RoomAtHand();
    at.notice([5], { proposer: 'of-another-process' });
    expect(at.advance(UNATTENDED_NOTICE_MS)).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('is good for a request whose answer comes later still: it begins anew', () => {
    const at = new RoomAtHand();
    at.notice([5]);
    at.advance(UNATTENDED_NOTICE_MS);
    at.attend(5, { nowMs: UNATTENDED_NOTICE_MS + 1 });
    expect(at.cancelled(5, 'released')).toEqual(['5: gone']);
    expect(at.isEmpty).toBe(true);
  });
});
