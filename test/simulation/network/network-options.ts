import type { Prng } from '../random/prng.js';

/** What the network between nodes does to packets; drawn anew for every seed. */
export interface NetworkOptions {
  /** Shortest one-way delay, microseconds. */
  readonly delayUsMin: number;
  /** Longest usual one-way delay, microseconds. */
  readonly delayUsMax: number;
  /** Packets in a thousand that take ten times as long. */
  readonly slowPermille: number;
  /** Packets in a thousand that are lost. */
  readonly lossPermille: number;
  /** Packets in a thousand that arrive twice. */
  readonly duplicatePermille: number;
  /** Packets in a thousand that may overtake those sent before them on their path. */
  readonly reorderPermille: number;
  /** Packets in a thousand that clog their path: it delivers nothing for a while. */
  readonly clogPermille: number;
  /** Longest time that a path stays clogged, microseconds. */
  readonly clogUsMax: number;
  /** Packets on one path; a further one is lost, as by a full socket buffer. */
  readonly pathPacketsMax: number;
}

/** A network without faults: what is left after healing. */
export const HEALTHY_NETWORK: NetworkOptions = {
  delayUsMin: 100,
  delayUsMax: 2000,
  slowPermille: 0,
  lossPermille: 0,
  duplicatePermille: 0,
  reorderPermille: 0,
  clogPermille: 0,
  clogUsMax: 1,
  pathPacketsMax: 100_000,
};

/** Every fault is off in some seeds: bugs hide behind faults as well as in them. */
export function drawNetworkOptions(random: Prng): NetworkOptions {
  const sometimes = (value: () => number): number => (random.permille(600) ? value() : 0);
  const delayUsMin = random.integer(50, 2000);
  return {
    delayUsMin,
    delayUsMax: delayUsMin + random.pick([500, 3000, 10_000, 40_000]),
    slowPermille: sometimes(() => random.integer(1, 30)),
    lossPermille: sometimes(() => random.pick([1, 10, 50, 150])),
    duplicatePermille: sometimes(() => random.pick([5, 30, 150])),
    reorderPermille: sometimes(() => random.pick([10, 100, 500])),
    clogPermille: sometimes(() => random.integer(1, 4)),
    clogUsMax: random.integer(100_000, 1_500_000),
    pathPacketsMax: random.pick([30, 300, 3000]),
  };
}
