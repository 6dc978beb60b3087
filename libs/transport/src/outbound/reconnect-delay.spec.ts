import { PEER_TIMING_DEFAULT } from '../peer-timing.js';
import { ReconnectDelay } from './reconnect-delay.js';

function delays(random: number, count: number): number[] {
  const delay = new ReconnectDelay(PEER_TIMING_DEFAULT, () => random);
  return Array.from({ length: count }, () => delay.nextMs());
}

describe('ReconnectDelay', () => {
  it('doubles from 50 ms to 2 s, with up to half of it left to chance', () => {
    expect(delays(0, 8)).toEqual([25, 50, 100, 200, 400, 800, 1000, 1000]);
    expect(delays(0.5, 8)).toEqual([37.5, 75, 150, 300, 600, 1200, 1500, 1500]);
  });

  it('starts again after a reset', () => {
    const delay = new ReconnectDelay(PEER_TIMING_DEFAULT, () => 0);
    expect([delay.nextMs(), delay.nextMs()]).toEqual([25, 50]);
    delay.reset();
    expect([delay.nextMs(), delay.nextMs()]).toEqual([25, 50]);
  });
});
