import type { LockEffect } from '../commands/lock-effect.js';
import { LockEvents } from './lock-events.js';

const WALL_MS = 1_700_000_000_000;

function granted(name: string, token: number, reentrant = false): LockEffect {
  return {
    kind: 'granted',
    name,
    mode: 'exclusive',
    sessionId: null,
    owner: 'one',
    holdId: token,
    token,
    holds: reentrant ? 2 : 1,
    reentrant,
    ttlMs: 1_000,
    leaseIndex: 1,
    waiterId: null,
    proposers: [],
    remembered: false,
  };
}

const entry = (index: number) => ({ index, logTimeMs: WALL_MS + index + 0.5 });

/** Entries 1 to `count`, each with one grant of the lock `lock/{index}`. */
function recorded(count: number, events = new LockEvents()): LockEvents {
  for (let index = 1; index <= count; index += 1) {
    events.record([granted(`lock/${index}`, index)], entry(index));
  }
  return events;
}

function ask(events: LockEvents, after: string | null, { prefix = '', limit = 1_000 } = {}) {
  const { events: found, last, reset } = events.page({ after, prefix, limit }, WALL_MS);
  return { ids: found.map(({ id }) => id), last, reset };
}

describe('LockEvents', () => {
  it('tells what happened to a lock, counted within the entry over all its commands', () => {
    const events = new LockEvents();
    const hold = {
      name: 'a',
      mode: 'exclusive',
      sessionId: null,
      owner: 'one',
      holdId: 1,
    } as const;
    events.record([granted('a', 1)], entry(7));
    events.record(
      [
        { kind: 'released', ...hold, token: 1, holds: 0, reason: 'released' },
        { kind: 'swept' },
        {
          kind: 'queued',
          waiterId: 4,
          sessionId: 's',
          owner: 'two',
          locks: [
            { name: 'a', mode: 'shared' },
            { name: 'b', mode: 'exclusive' },
          ],
          proposers: ['p'],
        },
      ],
      entry(7),
    );
    events.record([{ kind: 'expired', ...hold, token: 1, holds: 1 }], entry(9));
    const atMs = WALL_MS + 7;
    const one = { owner: 'one', sessionId: null, mode: 'exclusive' };
    const two = { owner: 'two', sessionId: 's', token: null };
    expect(events.page({ after: '7-0', prefix: '', limit: 10 }, WALL_MS)).toEqual({
      events: [
        { id: '7-1', kind: 'granted', name: 'a', ...one, token: 1, atMs },
        { id: '7-2', kind: 'released', name: 'a', ...one, token: 1, atMs },
        { id: '7-3', kind: 'queued', name: 'a', ...two, mode: 'shared', atMs },
        { id: '7-4', kind: 'queued', name: 'b', ...two, mode: 'exclusive', atMs },
        { id: '9-1', kind: 'expired', name: 'a', ...one, token: 1, atMs: WALL_MS + 9 },
      ],
      last: '9-1',
      reset: false,
    });
  });

  it('tells when a hold begins and ends, not when it counts up or down', () => {
    const events = new LockEvents();
    const hold = { name: 'a', mode: 'shared', sessionId: null, owner: 'one', holdId: 1 } as const;
    events.record([granted('a', 1), granted('a', 1, true)], entry(1));
    events.record(
      [{ kind: 'released', ...hold, token: 1, holds: 1, reason: 'released' }],
      entry(2),
    );
    expect(ask(events, '1-0').ids).toEqual(['1-1']);
  });

  it('names the beginning of a long cycle', () => {
    const events = new LockEvents();
    const cycle = Array.from({ length: 100 }, (_, at) => {
      return { owner: `o${at}`, waitsFor: `o${at + 1}`, lock: 'a' };
    });
    const deadlock = { name: 'a', mode: 'shared', sessionId: null, owner: 'o0', cycle } as const;
    events.record([{ kind: 'deadlock', ...deadlock }], entry(1));
    const [event] = events.page({ after: '1-0', prefix: '', limit: 1 }, WALL_MS).events;
    expect(event).toMatchObject({ id: '1-1', kind: 'deadlock', token: null });
    expect(event?.cycle).toEqual(cycle.slice(0, 32));
  });

  it('begins with what happens from now on when nothing is asked for', () => {
    expect(ask(recorded(3), null)).toEqual({ ids: [], last: '3-1', reset: false });
  });

  it('goes on page by page, with the names asked for only', () => {
    const events = recorded(20);
    const first = ask(events, '2-1', { prefix: 'lock/1', limit: 6 });
    expect(first).toEqual({
      ids: ['10-1', '11-1', '12-1', '13-1', '14-1', '15-1'],
      last: '15-1',
      reset: false,
    });
    const second = ask(events, first.last, { prefix: 'lock/1', limit: 6 });
    // The last place looked at, so that the others are not looked at again.
    expect(second).toEqual({ ids: ['16-1', '17-1', '18-1', '19-1'], last: '20-1', reset: false });
  });

  it('remembers 10,000 events; whoever comes back later is told to reset', () => {
    const events = recorded(10_003);
    expect(ask(events, '4-1', { limit: 1 })).toEqual({ ids: ['5-1'], last: '5-1', reset: false });
    for (const forgotten of ['3-1', '1-1', 'no id']) {
      expect(ask(events, forgotten, { limit: 1 })).toEqual({
        ids: ['4-1'],
        last: '4-1',
        reset: true,
      });
    }
    expect(ask(events, '10003-1')).toEqual({ ids: [], last: '10003-1', reset: false });
  });

  it('a restart forgets: an id from before is reset, one from after is not', () => {
    const events = recorded(5);
    events.open();
    expect(ask(events, '5-1')).toMatchObject({ ids: [], reset: true });
    events.record([], entry(6));
    const { last } = ask(events, null);
    expect(last).toBe('6-0');
    events.record([granted('a', 7)], entry(7));
    expect(ask(events, '5-1')).toEqual({ ids: ['7-1'], last: '7-1', reset: true });
    expect(ask(events, last)).toEqual({ ids: ['7-1'], last: '7-1', reset: false });
  });

  it('a replica that has applied nothing since its start names its opening, which others do not know', () => {
    const events = new LockEvents();
    const { last } = ask(events, null);
    expect(last).toBe(`0-${WALL_MS}`);
    expect(ask(events, last)).toEqual({ ids: [], last, reset: false });
    expect(ask(recorded(1, events), last)).toEqual({ ids: ['1-1'], last: '1-1', reset: false });
    expect(ask(recorded(1), last)).toMatchObject({ reset: true });
  });

  it('a replica that lags does not lead a reader back', () => {
    expect(ask(recorded(3), '5-1')).toEqual({ ids: [], last: '5-1', reset: false });
  });
});
