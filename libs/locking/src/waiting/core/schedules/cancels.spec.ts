import { CANCEL_GRACE_MS, CANCEL_RETRY_MS, CANCELS_MAX, CLAIM_RETRY_MS } from '../limits.js';
import { ANSWER_BY_MS, RoomAtHand, UNTIL_MS } from './room-at-hand.js';

function timedOut(options: { upgrade?: boolean; keyed?: boolean } = {}): RoomAtHand {
  const at = new RoomAtHand().attend(1, options);
  at.notice([1]);
  at.claimed({ 1: 'waiting' }, UNTIL_MS - 1);
  expect(at.advance(UNTIL_MS)).toEqual(['cancel 1']);
  return at;
}

describe('a wait whose time is over', () => {
  it.each([
    ['cancelled', '1: wait-timeout'],
    ['granted', '1: granted'],
    ['gone', '1: gone'],
  ] as const)('is cancelled; %s decides', (outcome, answer) => {
    const at = timedOut();
    expect(at.cancelled(1, outcome)).toEqual([answer]);
    expect(at.isEmpty).toBe(true);
  });

  it('was an upgrade whose hold has ended', () => {
    expect(timedOut({ upgrade: true }).cancelled(1, 'gone')).toEqual(['1: not-holder']);
  });

  it('is granted when a claim under way is confirmed; the cancellation changes nothing', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    expect(at.advance(UNTIL_MS)).toEqual(['cancel 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['1: granted']);
    expect(at.cancelled(1, 'granted')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it.each(['waiting', 'gone'] as const)('does not trust a claim that says %s', (outcome) => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    at.advance(UNTIL_MS);
    expect(at.claimed({ 1: outcome })).toEqual([]);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: wait-timeout']);
    expect(at.isEmpty).toBe(true);
  });

  it('is not asked after any more', () => {
    const at = timedOut();
    expect(at.notice([1])).toEqual([]);
    at.room.leaderChanged();
    expect(at.outputs()).toEqual([]);
  });

  it('is cancelled again when nobody has answered, and then is gone by that', () => {
    const at = timedOut();
    expect(at.cancelled(1, 'unknown', UNTIL_MS)).toEqual([]);
    expect(at.advance(UNTIL_MS + CANCEL_RETRY_MS - 1)).toEqual([]);
    expect(at.advance(UNTIL_MS + CANCEL_RETRY_MS)).toEqual(['cancel 1']);
    expect(at.cancelled(1, 'gone')).toEqual(['1: wait-timeout']);
    expect(at.isEmpty).toBe(true);
  });

  it('is gone by another cause when the first try certainly did not happen', () => {
    const at = timedOut();
    at.cancelled(1, 'refused', UNTIL_MS);
    at.advance(UNTIL_MS + CANCEL_RETRY_MS);
    expect(at.cancelled(1, 'gone')).toEqual(['1: gone']);
  });

  it('is granted by the second try although the answer to the first is lost', () => {
    const at = timedOut();
    at.cancelled(1, 'unknown', UNTIL_MS);
    at.advance(UNTIL_MS + CANCEL_RETRY_MS);
    expect(at.cancelled(1, 'granted')).toEqual(['1: granted']);
  });

  it('is unknown to a caller who can wait no longer, and is given back in the background', () => {
    const at = timedOut();
    at.cancelled(1, 'unknown', ANSWER_BY_MS - 1);
    expect(at.advance(ANSWER_BY_MS)).toEqual(['1: unknown']);
    expect(at.room.undecided).toBe(1);
    const retryMs = ANSWER_BY_MS - 1 + CANCEL_RETRY_MS;
    expect(at.advance(retryMs)).toEqual(['cancel 1 release']);
    expect(at.cancelled(1, 'unknown', retryMs)).toEqual([]);
    expect(at.advance(retryMs + CANCEL_RETRY_MS)).toEqual(['cancel 1 release']);
    expect(at.cancelled(1, 'released')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('is given back when its caller was told that it is unknown and then it was granted', () => {
    const at = timedOut();
    expect(at.advance(ANSWER_BY_MS)).toEqual(['1: unknown']);
    expect(at.cancelled(1, 'granted')).toEqual(['cancel 1 release']);
    expect(at.cancelled(1, 'released')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('stays granted when its caller may fetch the answer by the Idempotency-Key', () => {
    const at = timedOut({ keyed: true });
    expect(at.advance(ANSWER_BY_MS)).toEqual(['1: unknown']);
    expect(at.cancelled(1, 'granted')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('is decided also when the node stood still past the deadline of the caller', () => {
    const at = new RoomAtHand().attend(1);
    const lateMs = ANSWER_BY_MS + 1_000;
    expect(at.advance(lateMs)).toEqual(['cancel 1']);
    expect(at.advance(lateMs + CANCEL_GRACE_MS - 1)).toEqual([]);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: wait-timeout']);
  });

  it('waits for its turn when many end together', () => {
    const at = new RoomAtHand();
    for (let id = 1; id <= CANCELS_MAX + 2; id += 1) at.attend(id, { untilMs: id });
    const first = at.advance(UNTIL_MS - 1);
    expect([first.length, first.at(-1)]).toEqual([CANCELS_MAX, `cancel ${CANCELS_MAX}`]);
    expect(at.cancelled(1, 'cancelled')).toEqual(['1: wait-timeout', `cancel ${CANCELS_MAX + 1}`]);
    expect(at.cancelled(2, 'unknown')).toEqual([`cancel ${CANCELS_MAX + 2}`]);
  });
});

describe('a wait whose proposer was closed before it was cancelled', () => {
  // Breaks otherwise: the claim was answered, the answer lost, and the lock rests until its lease ends;
  // or its owner asks anew, and has it once more than it knows.
  it('is asked after under the one that is closed: its grant may have been claimed', () => {
    const at = timedOut();
    expect(at.cancelled(1, 'gone', UNTIL_MS, 'p2')).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['1: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('is gone when the cluster has given the grant back, or there was none', () => {
    const at = timedOut();
    at.cancelled(1, 'gone', UNTIL_MS, 'p2');
    expect(at.claimed({ 1: 'gone' })).toEqual(['1: gone']);
    expect(at.isEmpty).toBe(true);
  });

  it('is asked after until there is an answer that decides', () => {
    const at = timedOut();
    at.cancelled(1, 'gone', UNTIL_MS, 'p2');
    expect(at.claimFailed([1], UNTIL_MS)).toEqual([]);
    expect(at.notice([1])).toEqual([]);
    expect(at.advance(UNTIL_MS + CLAIM_RETRY_MS)).toEqual(['claim 1']);
    // Its expiry is being decided.
    expect(at.claimed({ 1: 'waiting' }, UNTIL_MS + CLAIM_RETRY_MS)).toEqual([]);
    expect(at.advance(UNTIL_MS + 2 * CLAIM_RETRY_MS)).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'gone' })).toEqual(['1: gone']);
  });

  it('is given back when its client has gone', () => {
    const at = new RoomAtHand().attend(1);
    expect(at.leave(1)).toEqual(['cancel 1 release']);
    expect(at.cancelled(1, 'gone', 0, 'p2')).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['give back 9 of one']);
    expect(at.isEmpty).toBe(true);
  });

  it('is given back when its client goes, or is told that it is unknown, before the answer', () => {
    const left = timedOut();
    left.cancelled(1, 'gone', UNTIL_MS, 'p2');
    expect(left.leave(1)).toEqual([]);
    expect(left.claimed({ 1: 'granted' })).toEqual(['give back 9 of one']);
    const late = timedOut();
    late.cancelled(1, 'gone', UNTIL_MS, 'p2');
    expect(late.advance(ANSWER_BY_MS)).toEqual(['1: unknown']);
    expect(late.claimed({ 1: 'granted' })).toEqual(['give back 9 of one']);
    expect([left.isEmpty, late.isEmpty]).toEqual([true, true]);
  });

  it('is not asked after when a grant would be kept for a repeat', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    at.leave(1);
    expect(at.cancelled(1, 'gone', 0, 'p2')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });
});

describe('a client that goes', () => {
  it('leaves the queue, and gives back what came before', () => {
    const at = new RoomAtHand().attend(1);
    expect(at.leave(1)).toEqual(['cancel 1 release']);
    expect(at.room.undecided).toBe(1);
    expect(at.cancelled(1, 'released')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('keeps what came before when it has an Idempotency-Key', () => {
    const at = new RoomAtHand().attend(1, { keyed: true });
    expect(at.leave(1)).toEqual(['cancel 1']);
    expect(at.cancelled(1, 'granted')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('goes while a claim is under way: a confirmed grant is given back all the same', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    expect(at.leave(1)).toEqual(['cancel 1 release']);
    expect(at.claimed({ 1: 'granted' })).toEqual([]);
    expect(at.cancelled(1, 'released')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('goes while its claim has not left yet: it never does', () => {
    const at = new RoomAtHand().attend(1);
    at.room.notice('p1', [1], 0);
    expect(at.leave(1)).toEqual(['cancel 1 release']);
  });

  it('goes while its time is over: the grant that came first is given back', () => {
    const at = timedOut();
    expect(at.leave(1)).toEqual([]);
    expect(at.cancelled(1, 'granted')).toEqual(['cancel 1 release']);
    expect(at.cancelled(1, 'gone')).toEqual([]);
    expect(at.isEmpty).toBe(true);
  });

  it('was told already, and is nobody here', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    at.claimed({ 1: 'granted' });
    expect(at.leave(1)).toEqual([]);
  });
});
