import { SHUTDOWN_CANCEL_MS } from '../limits.js';
import { RoomAtHand, UNTIL_MS } from './room-at-hand.js';

function closed(): RoomAtHand {
  const at = new RoomAtHand().attend(1).attend(2).attend(3);
  at.notice([3]);
  at.room.close(1_000);
  return at;
}

describe('a node that stops', () => {
  it('cancels every wait, and answers what came meanwhile', () => {
    const at = closed();
    expect(at.outputs()).toEqual(['cancel 1', 'cancel 2', 'cancel 3']);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: shutting-down']);
    expect(at.cancelled(2, 'granted')).toEqual(['2: granted']);
    expect(at.claimed({ 3: 'granted' })).toEqual(['3: granted']);
    expect(at.cancelled(3, 'granted')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('holds nothing for a waiter that is gone', () => {
    const at = closed();
    at.outputs();
    expect(at.cancelled(1, 'gone')).toEqual(['1: shutting-down']);
  });

  it('cancels one waiter of several calls once', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    at.attend(2, { waiterId: 1, keyed: true });
    at.room.close(0);
    expect(at.outputs()).toEqual(['cancel 1']);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: shutting-down', '2: shutting-down']);
  });

  it('keeps to what a wait that was over before is answered', () => {
    const at = new RoomAtHand().attend(1);
    expect(at.advance(UNTIL_MS)).toEqual(['cancel 1']);
    at.room.close(UNTIL_MS);
    expect(at.outputs()).toEqual([]);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: wait-timeout']);
  });

  it('does not wait for ever', () => {
    const at = closed();
    at.outputs();
    at.cancelled(1, 'unknown', 1_000);
    expect(at.advance(1_000 + SHUTDOWN_CANCEL_MS - 1)).toEqual(['cancel 1']);
    expect(at.advance(1_000 + SHUTDOWN_CANCEL_MS).sort()).toEqual([
      '1: unknown',
      '2: unknown',
      '3: unknown',
    ]);
  });

  it('cancels what is queued after that at once', () => {
    const at = new RoomAtHand();
    at.room.close(0);
    at.attend(1, { nowMs: 10 });
    expect(at.outputs()).toEqual(['cancel 1']);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: shutting-down']);
    expect(at.isEmpty).toBe(true);
  });

  it('cares for no waiter that nobody attends', () => {
    const at = new RoomAtHand();
    at.notice([4]);
    at.room.close(0);
    expect(at.notice([5])).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });
});
