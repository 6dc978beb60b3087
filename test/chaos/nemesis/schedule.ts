import type { Prng } from '../../simulation/random/prng.js';
import { NODES_MAX } from '../limits.js';
import type { Fault, Step } from './fault.js';

/** Each kind of faults has a track of its own, and tracks overlap. */
export type Track = 'processes' | 'links' | 'members';

export type Schedule = Readonly<Record<Track, readonly Step[]>>;

export interface ScheduleOptions {
  readonly lengthMs: number;
  readonly failingDisks: boolean;
  readonly smallDisk: boolean;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

const FAULT_MS: Range = { from: 1_500, to: 6_000 };
/** Between two faults of a track: long enough for an election, and for locks to be granted. */
const PAUSE_MS: Range = { from: 2_500, to: 6_000 };

const PROCESS_FAULTS: readonly Fault[] = [
  { kind: 'kill', victims: 'leader' },
  { kind: 'kill', victims: 'one' },
  { kind: 'kill', victims: 'minority' },
  { kind: 'kill', victims: 'majority' },
  { kind: 'kill', victims: 'all' },
  { kind: 'crash-loop', victims: 'leader' },
  { kind: 'crash-loop', victims: 'one' },
  { kind: 'pause', victims: 'leader' },
  { kind: 'pause', victims: 'leader' },
  { kind: 'pause', victims: 'minority' },
  { kind: 'pause', victims: 'majority' },
  { kind: 'pause', victims: 'all' },
  { kind: 'stop', victims: 'leader' },
  { kind: 'stop', victims: 'all' },
  { kind: 'rolling-restart' },
  { kind: 'transfer' },
  { kind: 'transfer' },
];

const FAILING_DISK_FAULTS: readonly Fault[] = [
  { kind: 'fsync-fails', victims: 'leader' },
  { kind: 'fsync-fails', victims: 'one' },
  { kind: 'slow-disk', victims: 'leader', delayMs: 400 },
  { kind: 'slow-disk', victims: 'all', delayMs: 60 },
];

const LINK_FAULTS: readonly Fault[] = [
  { kind: 'partition', shape: 'halves' },
  { kind: 'partition', shape: 'leader-alone' },
  { kind: 'partition', shape: 'leader-alone' },
  { kind: 'partition', shape: 'one-alone' },
  { kind: 'partition', shape: 'bridge' },
  { kind: 'partition', shape: 'ring' },
  { kind: 'partition', shape: 'leader-deaf' },
  { kind: 'partition', shape: 'leader-mute' },
  { kind: 'partition', shape: 'one-way' },
  { kind: 'slow-links', victims: 'leader', delayMs: 150, jitterMs: 300, bytesPerSecond: 200_000 },
  { kind: 'slow-links', victims: 'all', delayMs: 20, jitterMs: 80, bytesPerSecond: 1_000_000 },
  { kind: 'reset-links', victims: 'leader' },
  { kind: 'reset-links', victims: 'all' },
];

/** Of three nodes the first change can only be to add one; what cannot be done is left out. */
const MEMBER_FAULTS: readonly Fault[] = [
  { kind: 'add-member' },
  { kind: 'add-member' },
  { kind: 'remove-member', victims: 'leader' },
  { kind: 'remove-member', victims: 'one' },
  { kind: 'lose-disk', victims: 'leader' },
  { kind: 'lose-disk', victims: 'one' },
];

/** The faults of a run: drawn, so that each comes once before any comes again. */
export function drawSchedule(random: Prng, options: ScheduleOptions): Schedule {
  const processFaults = [
    ...PROCESS_FAULTS,
    ...(options.failingDisks ? FAILING_DISK_FAULTS : []),
    ...(options.smallDisk ? [{ kind: 'disk-full' } as const] : []),
  ];
  return {
    processes: drawTrack(random.fork('processes'), processFaults, options.lengthMs),
    links: drawTrack(random.fork('links'), LINK_FAULTS, options.lengthMs),
    members: drawTrack(random.fork('members'), MEMBER_FAULTS, options.lengthMs),
  };
}

function drawTrack(random: Prng, faults: readonly Fault[], lengthMs: number): readonly Step[] {
  const steps: Step[] = [];
  const places = Array.from({ length: NODES_MAX }, (_, place) => place);
  let deck: Fault[] = [];
  let atMs = drawIn(random, PAUSE_MS);
  for (;;) {
    const durationMs = drawIn(random, FAULT_MS);
    const order = random.sample(places, places.length);
    if (deck.length === 0) deck = random.sample(faults, faults.length);
    const fault = deck.pop();
    if (fault === undefined || atMs + durationMs > lengthMs) return steps;
    steps.push({ atMs, durationMs, fault, order });
    atMs += durationMs + drawIn(random, PAUSE_MS);
  }
}

function drawIn(random: Prng, { from, to }: Range): number {
  return random.integer(from, to);
}
