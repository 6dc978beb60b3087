import { FixedTimeouts } from '../../../testing/replica.js';
import { ElectionTimer } from './election-timer.js';

function ticksUntilTimeout(timer: ElectionTimer): number {
  let ticks = 1;
  while (!timer.tick()) ticks += 1;
  return ticks;
}

describe('ElectionTimer', () => {
  it('times out after the ticks that were drawn, and stays timed out', () => {
    const timer = new ElectionTimer(new FixedTimeouts([13]));
    expect(ticksUntilTimeout(timer)).toBe(13);
    expect(timer.tick()).toBe(true);
  });

  it('a restart begins again with the same draw', () => {
    const timer = new ElectionTimer(new FixedTimeouts([12, 17]));
    for (let tick = 0; tick < 11; tick += 1) timer.tick();
    timer.restart();
    expect(ticksUntilTimeout(timer)).toBe(12);
  });

  it('a new role draws anew', () => {
    const timer = new ElectionTimer(new FixedTimeouts([12, 17]));
    for (let tick = 0; tick < 11; tick += 1) timer.tick();
    timer.redraw();
    expect(ticksUntilTimeout(timer)).toBe(17);
  });
});
