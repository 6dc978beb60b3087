import { GatheredTurns } from './gathered-turns.js';
import { KEEP_ALIVES_PER_SECOND_MANY } from './limits.js';

class ScriptedTimers {
  now = 7_000_000;
  readonly pending: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  after(delayMs: number, callback: () => void): void {
    this.pending.push({ atMs: this.now + delayMs, callback });
  }

  /** Calls back those that are due. @returns when they were. */
  fire(): readonly number[] {
    return this.pending.splice(0).map(({ atMs, callback }) => {
      callback();
      return atMs;
    });
  }
}

function gathering() {
  const timers = new ScriptedTimers();
  return { timers, turns: new GatheredTurns(timers) };
}

/** Until the first one of a second is gathered. */
function fill(turns: GatheredTurns): void {
  for (let count = 1; count < KEEP_ALIVES_PER_SECOND_MANY; count += 1) {
    expect(turns.turn({})).toBeNull();
  }
}

describe('GatheredTurns', () => {
  it('lets few go on at once', () => {
    const { timers, turns } = gathering();
    for (let second = 0; second < 5; second += 1) {
      fill(turns);
      timers.now += 1_000;
    }
    expect(timers.pending).toEqual([]);
  });

  it('lets many go on together, at the next multiple of 50 ms of the wall clock', async () => {
    const { timers, turns } = gathering();
    fill(turns);
    timers.now += 20;
    const first = turns.turn({});
    timers.now += 29;
    expect(turns.turn({})).toBe(first);
    expect(timers.fire()).toEqual([7_000_050]);
    await expect(first).resolves.toBeUndefined();

    timers.now = 7_000_050;
    const second = turns.turn({});
    expect(second).not.toBe(first);
    expect(timers.fire()).toEqual([7_000_100]);
    await expect(second).resolves.toBeUndefined();
  });

  it('gathers from the first one on in the second after one with many', () => {
    const { timers, turns } = gathering();
    fill(turns);
    void turns.turn({});
    timers.fire();
    timers.now += 1_000;
    expect(turns.turn({})).toBeInstanceOf(Promise);
  });

  it('never holds up a connection that waits for each answer before it goes on', () => {
    const { timers, turns } = gathering();
    fill(turns);
    const connection = {};
    expect(turns.turn(connection)).toBeInstanceOf(Promise);
    for (let sent = 0; sent < 100; sent += 1) {
      timers.now += 3;
      expect(turns.turn(connection)).toBeNull();
    }
    timers.now += 100;
    expect(turns.turn(connection)).toBeInstanceOf(Promise);
  });

  it('is at once again after a second with few', () => {
    const { timers, turns } = gathering();
    fill(turns);
    void turns.turn({});
    timers.fire();
    timers.now += 2_000;
    expect(turns.turn({})).toBeNull();
  });

  it('goes on when the wall clock is set back', async () => {
    const { timers, turns } = gathering();
    fill(turns);
    timers.now -= 3_600_000;
    fill(turns);
    const turn = turns.turn({});
    expect(timers.fire()).toEqual([3_400_050]);
    await expect(turn).resolves.toBeUndefined();
  });
});
