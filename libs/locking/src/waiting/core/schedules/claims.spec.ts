import { CLAIM_INTERVAL_MS, CLAIM_RETRY_MS } from '../limits.js';
import { WaitingRoom } from '../waiting-room.js';
import { GRANTED, RoomAtHand } from './room-at-hand.js';

describe('a waiter is asked after', () => {
  it('at a hint, and its client is told what the leader confirms', () => {
    const at = new RoomAtHand().attend(1);
    expect(at.outputs()).toEqual([]);
    expect(at.notice([1])).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['1: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('with its proposer, and the grant is what the leader says', () => {
    const room = new WaitingRoom();
    const times = { untilMs: 60_000, answerByMs: 65_000 };
    const call = {
      callId: 4,
      waiterId: 7,
      owner: 'one',
      proposer: 'p9',
      upgrade: false,
      keyed: false,
      ...times,
    };
    room.attend(call, 0);
    room.notice('p9', [7], 0);
    const claims = [{ waiterId: 7, proposer: 'p9' }];
    expect(room.takeOutputs()).toEqual([{ kind: 'claim', claims }]);
    room.claimed([7], [{ waiterId: 7, outcome: 'granted', locks: GRANTED }], 1);
    const end = { kind: 'granted', locks: GRANTED };
    expect(room.takeOutputs()).toEqual([{ kind: 'answer', callId: 4, end }]);
  });

  it('at once when the hint came before the answer that queued it', () => {
    const at = new RoomAtHand();
    expect(at.notice([1])).toEqual([]);
    at.attend(1, { nowMs: 10 });
    expect(at.outputs()).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'granted' })).toEqual(['1: granted']);
    expect(at.isEmpty).toBe(true);
  });

  it('once more when a hint comes while the answer is under way', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    expect(at.notice([1])).toEqual([]);
    expect(at.claimed({ 1: 'waiting' })).toEqual(['claim 1']);
    expect(at.claimed({ 1: 'waiting' })).toEqual([]);
  });

  it('without any hint, from time to time, together with others', () => {
    const at = new RoomAtHand().attend(1, { nowMs: 3 }).attend(11, { nowMs: 40 });
    const dueMs = at.room.nextDueMs() ?? 0;
    expect(dueMs).toBeGreaterThanOrEqual(CLAIM_INTERVAL_MS);
    expect(at.advance(dueMs - 1)).toEqual([]);
    expect(at.advance(dueMs)).toEqual(['claim 1,11']);
    expect(at.claimed({ 1: 'waiting', 11: 'granted' }, dueMs)).toEqual(['11: granted']);
    expect(at.room.nextDueMs()).toBeGreaterThanOrEqual(dueMs + CLAIM_INTERVAL_MS);
  });

  it('when another node leads, also if it was being asked after', () => {
    const at = new RoomAtHand().attend(1).attend(2);
    at.notice([1]);
    at.room.leaderChanged();
    expect(at.outputs()).toEqual(['claim 2']);
    expect(at.claimed({ 1: 'waiting' })).toEqual(['claim 1']);
  });

  it('again after a pause when nobody answered', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    expect(at.claimFailed([1], 100)).toEqual([]);
    expect(at.advance(100 + CLAIM_RETRY_MS - 1)).toEqual([]);
    expect(at.advance(100 + CLAIM_RETRY_MS)).toEqual(['claim 1']);
  });

  it('again at once when nobody answered and another node leads since', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    at.room.leaderChanged();
    expect(at.claimFailed([1])).toEqual(['claim 1']);
  });

  it('again when an answer leaves it out', () => {
    const at = new RoomAtHand().attend(1).attend(2);
    at.notice([1, 2]);
    at.room.claimed([1, 2], [{ waiterId: 2, outcome: 'waiting' }], 0);
    expect(at.advance(CLAIM_RETRY_MS)).toEqual(['claim 1']);
  });

  it('in parts of 500, two under way, after a change of leader', () => {
    const at = new RoomAtHand();
    for (let id = 1; id <= 1_200; id += 1) at.attend(id);
    at.room.leaderChanged();
    const [first, second, ...rest] = at.room.takeOutputs();
    expect(rest).toEqual([]);
    const ids = [first, second].map((output) =>
      output?.kind === 'claim' ? output.claims.map(({ waiterId }) => waiterId) : [],
    );
    expect(ids.map((part) => [part.length, part[0], part.at(-1)])).toEqual([
      [500, 1, 500],
      [500, 501, 1_000],
    ]);
    at.room.claimed(ids[0] ?? [], null, 0);
    const last = at.room.takeOutputs();
    expect(last.map((output) => output.kind === 'claim' && output.claims.length)).toEqual([200]);
  });
});

describe('a waiter that the cluster has removed', () => {
  it('is gone: its acquire is to be sent anew', () => {
    const at = new RoomAtHand().attend(1);
    at.notice([1]);
    expect(at.claimed({ 1: 'gone' })).toEqual(['1: gone']);
    expect(at.isEmpty).toBe(true);
  });

  it('was an upgrade: the hold has ended', () => {
    const at = new RoomAtHand().attend(1, { upgrade: true });
    at.notice([1]);
    expect(at.claimed({ 1: 'gone' })).toEqual(['1: not-holder']);
  });
});
