import type { SimulationOptions } from '../simulation-options.js';
import { Simulation } from '../simulation.js';

/** Healing comes while the first nodes are being stopped, which would be away for ten minutes. */
function stopping(drawn: SimulationOptions): SimulationOptions {
  const faults = { ...drawn.faults, kinds: ['stop' as const], sparesMajority: false };
  return {
    ...drawn,
    faultsUs: 150_000,
    faults: { ...faults, intervalUsMax: 50_000, downUsMax: 600_000_000 },
  };
}

describe('Nemesis', () => {
  it.each([1, 3, 4, 7])('starts at once who has been stopped after all healed, seed %i', (seed) => {
    const lines: string[] = [];
    const print = (line: string): number => lines.push(line);
    const { failure } = new Simulation({ seed, adjust: stopping, print }).play();
    const healed = lines.findIndex((line) => line.includes(' healed'));
    const text = lines.slice(healed).join('\n');
    const stops = [...text.matchAll(/n\d(?= stops)/g)].map(([id]) => id);
    const starts = [...text.matchAll(/n\d(?= starts)/g)].map(([id]) => id);
    expect(stops.length).toBeGreaterThan(0);
    expect(starts).toEqual(stops);
    expect(failure).toBeNull();
  });
});
