import { setMaxListeners } from 'node:events';
import { WAITING_REQUESTS_MAX } from './core/limits.js';
import { ScriptedRouter } from './testing/scripted-router.js';
import { UndeliveredGrants } from './undelivered-grants.js';
import { WaitingRequests } from './waiting-requests.js';

const MANY = 10_000;

function setUp() {
  const router = new ScriptedRouter();
  const waiting = new WaitingRequests(router, new UndeliveredGrants(router));
  waiting.start();
  waiting.opened(router.proposer);
  return { router, waiting };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('WaitingRequests', () => {
  it('bounds what waits at this node, and what is not decided counts', async () => {
    const { router, waiting } = setUp();
    const leave = waiting.enter();
    for (let entered = 1; entered < WAITING_REQUESTS_MAX; entered += 1) waiting.enter();
    expect(() => waiting.enter()).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    leave();
    const gone = AbortSignal.abort();
    const queued = { waiterId: 1, owner: 'one', proposer: 'p1', upgrade: false, keyed: false };
    const times = { untilMs: 1_000, answerByMs: 2_000 };
    expect(await waiting.wait({ ...queued, ...times }, gone)).toEqual({ kind: 'left' });
    expect(() => waiting.enter()).toThrow(expect.objectContaining({ code: 'OVERLOADED' }));
    router.take('cancel').answer({ status: 'cancelled' });
    await jest.advanceTimersByTimeAsync(0);
    expect(() => waiting.enter()).not.toThrow();
  });

  it('has one timer for all', () => {
    const { waiting } = setUp();
    const { signal: gone } = new AbortController();
    setMaxListeners(MANY, gone);
    for (let waiterId = 1; waiterId <= MANY; waiterId += 1) {
      const queued = { waiterId, owner: 'one', proposer: 'p1', upgrade: false, keyed: false };
      const untilMs = 300_000 - waiterId;
      void waiting.wait({ ...queued, untilMs, answerByMs: untilMs + 5_000 }, gone);
    }
    // The timer, and the end of the turn.
    expect(jest.getTimerCount()).toBeLessThanOrEqual(2);
  });

  it('cancels a waiter that it is told of and that nobody attends', async () => {
    const { router } = setUp();
    router.notice({ waiterIds: [5] });
    await jest.advanceTimersByTimeAsync(1_999);
    expect(router.open).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(router.bodies).toEqual([{ kind: 'cancel', waiterId: 5, release: true }]);
  });

  it('hears nothing any more once it has stopped', async () => {
    const { router, waiting } = setUp();
    const { signal: gone } = new AbortController();
    const queued = { waiterId: 1, owner: 'one', proposer: 'p1', upgrade: false, keyed: false };
    void waiting.wait({ ...queued, untilMs: 60_000, answerByMs: 65_000 }, gone);
    await jest.advanceTimersByTimeAsync(0);
    waiting.stop();
    router.leaderNews();
    await jest.advanceTimersByTimeAsync(100_000);
    expect(router.open).toEqual([]);
  });
});
