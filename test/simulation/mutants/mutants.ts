import { HONEST_PARTS, type Parts } from '../node/parts.js';
import { AheadStateDisk } from './ahead-state-disk.js';
import { EagerLogDisk } from './eager-log-disk.js';
import { ForgetfulLogDisk } from './forgetful-log-disk.js';
import { ForgetfulStateDisk } from './forgetful-state-disk.js';
import { LyingLogDisk } from './lying-log-disk.js';
import { StoppingClock } from './stopping-clock.js';

/** Deliberate bugs around the product, one at a time: the checks must catch each. */
export const MUTANTS = {
  'a disk that reports a flush before it is one': {
    ...HONEST_PARTS,
    logDisk: (world, random, options) => new EagerLogDisk(world, random, options),
  },
  'a disk that loses flushed writes in a crash': {
    ...HONEST_PARTS,
    logDisk: (world, random, options) => new LyingLogDisk(world, random, options),
  },
  'a disk that forgets the vote': {
    ...HONEST_PARTS,
    logDisk: (world, random, options) => new ForgetfulLogDisk(world, random, options),
  },
  'a state that loses its proposers': {
    ...HONEST_PARTS,
    stateDisk: (world, random, options) => new ForgetfulStateDisk(world, random, options),
  },
  'a state whose applied index is ahead of its data': {
    ...HONEST_PARTS,
    stateDisk: (world, random, options) => new AheadStateDisk(world, random, options),
  },
  'a monotonic clock that stops with its process': {
    ...HONEST_PARTS,
    clock: (world, drift) => new StoppingClock(world, drift),
  },
  'a restarted node that votes at once': { ...HONEST_PARTS, formation: () => true },
  both: {
    ...HONEST_PARTS,
    formation: () => true,
    logDisk: (world, random, options) => new ForgetfulLogDisk(world, random, options),
  },
} satisfies Readonly<Record<string, Parts>>;
