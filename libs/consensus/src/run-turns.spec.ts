import { setImmediate as nextTurn } from 'node:timers/promises';
import { RunTurns } from './run-turns.js';

describe('RunTurns', () => {
  let runs = 0;
  let more = false;
  const turns: RunTurns = new RunTurns(
    () => {
      runs += 1;
      if (more) turns.request();
    },
    (run) => run(),
  );

  /** How often it runs in each of the next turns. */
  async function runsOf(count: number): Promise<readonly number[]> {
    const perTurn: number[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      runs = 0;
      await nextTurn();
      perTurn.push(runs);
    }
    return perTurn;
  }

  afterEach(async () => {
    more = false;
    await runsOf(2);
  });

  it('runs once for all who ask', async () => {
    turns.request();
    turns.request();
    expect(await runsOf(3)).toEqual([1, 0, 0]);
  });

  it('runs at once for what was requested before and meanwhile', async () => {
    runs = 0;
    turns.request();
    turns.runAfter(() => turns.request());
    expect(runs).toBe(1);
    expect(await runsOf(2)).toEqual([0, 0]);
  });

  // Breaks otherwise: a replica that catches up runs once more in each turn after every tick, in the end for
  // as long as 40 times what a turn may cost.
  it('goes on once a turn while there is more to do, however often it ran at once', async () => {
    more = true;
    turns.request();
    for (let tick = 0; tick < 5; tick += 1) {
      turns.runAfter(() => undefined);
      expect(await runsOf(3)).toEqual([1, 1, 1]);
    }
  });
});
