import { Simulation } from './simulation.js';

/** Of 1, 3, 4 and 5 nodes. */
const SEEDS = [1, 3, 4, 7, 11];

describe('Simulation', () => {
  it.each(SEEDS)('gives the same run for seed %i every time', (seed) => {
    const lines: string[] = [];
    const first = new Simulation({ seed, print: (line) => lines.push(line) }).play();
    const second = new Simulation({ seed }).play();
    expect(first.failure).toBeNull();
    expect(second.traceHash).toBe(first.traceHash);
    expect(second.steps).toBe(first.steps);
    expect(lines.length).toBeGreaterThan(100);
  });

  it.each([4, 11])('gives the same run with queues for seed %i every time', (seed) => {
    const first = new Simulation({ seed, serves: 'queues' }).play();
    const second = new Simulation({ seed, serves: 'queues' }).play();
    expect(first.failure).toBeNull();
    expect(second.traceHash).toBe(first.traceHash);
  });

  it('gives different runs for different seeds', () => {
    const hashes = SEEDS.map((seed) => new Simulation({ seed }).play().traceHash);
    expect(new Set(hashes).size).toBe(SEEDS.length);
  });

  it('commits and answers in every run, and ends it healed', () => {
    for (const seed of SEEDS) {
      const { failure, commitIndex, operations, virtualUs, options } = new Simulation({
        seed,
      }).play();
      expect(failure).toBeNull();
      expect(commitIndex).toBeGreaterThan(5);
      expect(operations).toBeGreaterThan(20);
      expect(virtualUs).toBeGreaterThanOrEqual(options.faultsUs);
      expect(virtualUs).toBeLessThan(options.faultsUs + options.healedUs);
    }
  });
});
