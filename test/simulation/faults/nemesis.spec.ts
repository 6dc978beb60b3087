import type { SimulationOptions } from '../simulation-options.js';
import { Simulation } from '../simulation.js';
import type { FaultKind } from './fault-options.js';

/** Everything that goes wrong is of one kind, and healing comes soon. */
function nothingBut(kind: FaultKind, drawn: SimulationOptions): SimulationOptions {
  const faults = { ...drawn.faults, kinds: [kind], sparesMajority: false };
  return {
    ...drawn,
    faults: { ...faults, intervalUsMax: 50_000, downUsMax: 600_000_000 },
  };
}

/** Healing comes while the first nodes are being stopped, which would be away for ten minutes. */
function stopping(drawn: SimulationOptions): SimulationOptions {
  return { ...nothingBut('stop', drawn), faultsUs: 150_000 };
}

/** Replicas need all of a state in many parts, each of which takes a second on a disk as drawn. */
function corrupted(drawn: SimulationOptions): SimulationOptions {
  const logKeeping = { entries: 0, bytes: 1_000_000, stepEntries: 1, stepBytes: 100_000 };
  const disk = {
    ...drawn.disk,
    snapshotPartBytes: 200,
    stageUsMax: 2_000_000,
    snapshotExpiryUs: 60_000_000,
  };
  return { ...nothingBut('flipBits', drawn), disk, logKeeping, faultsUs: 5_000_000 };
}

interface Played {
  readonly failure: unknown;
  /** What happens in the moment of healing. */
  readonly healing: string;
  readonly after: string;
}

function play(seed: number, adjust: (drawn: SimulationOptions) => SimulationOptions): Played {
  const lines: string[] = [];
  const print = (line: string): number => lines.push(line);
  const { failure } = new Simulation({ seed, adjust, print }).play();
  const healed = lines.findIndex((line) => line.includes(' healed'));
  const part = (from: number, to?: number): string => lines.slice(from, to).join('\n');
  return {
    failure: failure?.error ?? null,
    healing: part(healed, healed + 1),
    after: part(healed + 1),
  };
}

function namesOf(text: string, what: RegExp): readonly string[] {
  return [...text.matchAll(what)].map(([id]) => id);
}

describe('Nemesis', () => {
  it.each([1, 3, 4, 7])('lets nobody stop after all healed, seed %i', (seed) => {
    const { failure, healing, after } = play(seed, stopping);
    const stops = namesOf(healing, /n\d(?= stops)/g);
    expect(stops.length).toBeGreaterThan(0);
    expect(namesOf(healing, /n\d(?= starts)/g)).toEqual(stops);
    expect(after).not.toMatch(/n\d (stops|starts)/);
    expect(failure).toBeNull();
  });

  it.each([3, 5, 6, 8])('replaces corrupted disks by ones that work, seed %i', (seed) => {
    const { failure, healing } = play(seed, corrupted);
    expect(healing).toMatch(/n\d has empty disks/);
    expect(failure).toBeNull();
  });
});
