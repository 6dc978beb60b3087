import { HONEST_PARTS } from '../node/parts.js';
import type { RunOptions } from '../simulation.js';
import type { SimulationOptions } from '../simulation-options.js';
import { AheadStateDisk } from './ahead-state-disk.js';
import { CounterlessSnapshotDisk, StaleSnapshotDisk } from './broken-snapshots.js';
import { EagerLogDisk } from './eager-log-disk.js';
import { ForgetfulLogDisk } from './forgetful-log-disk.js';
import { ForgetfulStateDisk } from './forgetful-state-disk.js';
import { BargingMachine } from './locks/barging-machine.js';
import { EarlyLeasesMachine, RetryingMachine } from './locks/hasty-expiries.js';
import { LosingMachine } from './locks/losing-machine.js';
import { ReaderFirstMachine } from './locks/reader-first-machine.js';
import { UnconfirmingMachine } from './locks/unconfirmed-claims.js';
import { LyingLogDisk } from './lying-log-disk.js';
import { StoppingClock } from './stopping-clock.js';

export interface Mutant {
  /** The promise that it breaks, as the violation says it. */
  readonly broken: RegExp;
  readonly run: Omit<RunOptions, 'seed'>;
}

/** A lease, or the rest of a lock, that ends before its time. */
const EARLY_END =
  /no (hold|lease) ends (while|before)|one holder at a time|rests for its whole delay/;

/** Deliberate bugs in what surrounds the product, one at a time: the checks must catch each. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  'a disk that reports a flush before it is one': {
    broken: /on the disk before/,
    run: {
      parts: {
        ...HONEST_PARTS,
        logDisk: (world, random, options) => new EagerLogDisk(world, random, options),
      },
    },
  },
  'a disk that loses flushed writes in a crash': {
    // The product itself may find its log shorter than its state.
    broken:
      /commitIndex <= lastIndex|disks of a majority|Leader Completeness|committed entries never change|State Machine Safety/,
    run: {
      parts: {
        ...HONEST_PARTS,
        logDisk: (world, random, options) => new LyingLogDisk(world, random, options),
      },
    },
  },
  'a disk that forgets the vote, under a node that votes at once': {
    broken: /Election Safety|one leader a term/,
    run: {
      parts: {
        ...HONEST_PARTS,
        logDisk: (world, random, options) => new ForgetfulLogDisk(world, random, options),
        formation: () => true,
      },
      adjust: contestedElections,
    },
  },
  'a node that names its commands as before its restart': {
    // One command may get the answer of another.
    broken: /a healed cluster answers|what is answered has been applied|status must be/,
    run: { parts: { ...HONEST_PARTS, proposerUnique: () => 'the same every time' } },
  },
  'a state that loses the results of commands': {
    broken: /State Machine Safety|no command is applied twice/,
    run: {
      parts: {
        ...HONEST_PARTS,
        stateDisk: (world, random, options) => new ForgetfulStateDisk(world, random, options),
      },
    },
  },
  'a state whose applied index is ahead of its data': {
    broken: /State Machine Safety/,
    run: {
      parts: {
        ...HONEST_PARTS,
        stateDisk: (world, random, options) => new AheadStateDisk(world, random, options),
      },
    },
  },
  'a monotonic clock that stops with its process': {
    broken: /a read is never older|one holder at a time/,
    run: {
      parts: { ...HONEST_PARTS, clock: (world, drift) => new StoppingClock(world, drift) },
      adjust: frozenLeaders,
    },
  },
  'a snapshot with the records of an earlier one': {
    broken: /a snapshot is the state at its index/,
    run: {
      parts: {
        ...HONEST_PARTS,
        stateDisk: (world, random, options) => new StaleSnapshotDisk(world, random, options),
      },
      adjust: smallLogs,
    },
  },
  'a snapshot without the counter of tokens': {
    broken: /a snapshot is the state at its index/,
    run: {
      parts: {
        ...HONEST_PARTS,
        stateDisk: (world, random, options) => new CounterlessSnapshotDisk(world, random, options),
      },
      adjust: smallLogs,
    },
  },
  'a waiter lost with a change of leader': {
    broken: /no waiter is lost silently/,
    run: { parts: { ...HONEST_PARTS, lockMachine: () => new LosingMachine() } },
  },
  'a queue in which the last are first': {
    broken: /who comes waits behind the others/,
    run: { parts: { ...HONEST_PARTS, lockMachine: () => new BargingMachine() } },
  },
  'readers that are granted past waiting writers': {
    broken: /nobody is granted a lock past an earlier waiter|every deadlock is found/,
    run: { parts: { ...HONEST_PARTS, lockMachine: () => new ReaderFirstMachine() } },
  },
  'a leader that repeats the expiries of its former term': {
    broken: EARLY_END,
    run: {
      parts: { ...HONEST_PARTS, lockMachine: () => new RetryingMachine() },
      adjust: deposedLeaders,
    },
  },
  'a new leader that does not begin every lease anew': {
    broken: EARLY_END,
    run: { parts: { ...HONEST_PARTS, lockMachine: () => new EarlyLeasesMachine() } },
  },
  'a claim that is believed without being confirmed': {
    broken: EARLY_END,
    run: {
      parts: { ...HONEST_PARTS, lockMachine: () => new UnconfirmingMachine() },
      adjust: slowClaims,
    },
  },
};

/** Candidates of one term whose requests come far apart, and voters that crash in between. */
function contestedElections(drawn: SimulationOptions): SimulationOptions {
  const { network, disk, faults, workload } = drawn;
  return {
    ...drawn,
    workload: { ...workload, clients: 2, thinkUsMax: 400_000 },
    network: { ...network, delayUsMax: 80_000, reorderPermille: 500, lossPermille: 0 },
    disk: { ...disk, stallPermille: 300, stallUsMax: 300_000 },
    faults: {
      ...faults,
      kinds: ['crashVoter', 'crashLeader'],
      intervalUsMax: 1_000_000,
      downUsMax: 500_000,
      sparesMajority: true,
    },
  };
}

/** Leaders that wake alone, among clients that ask them at once. */
function frozenLeaders(drawn: SimulationOptions): SimulationOptions {
  const { faults, workload } = drawn;
  return {
    ...drawn,
    faults: { ...faults, kinds: ['freezeLeader'], intervalUsMax: 6_000_000 },
    workload: { ...workload, clients: 7, thinkUsMax: 50_000, readPermille: 500 },
  };
}

/** Followers that need snapshots as often as can be. */
function smallLogs(drawn: SimulationOptions): SimulationOptions {
  const logKeeping = { entries: 3, bytes: 1_000_000, stepEntries: 1, stepBytes: 100_000 };
  return { ...drawn, logKeeping };
}

/** Leaders that are cut off for a while and lead again, among clients with leases to keep. */
function deposedLeaders(drawn: SimulationOptions): SimulationOptions {
  const { faults, workload } = drawn;
  return {
    ...drawn,
    faults: {
      ...faults,
      kinds: ['partition', 'transfer'],
      partitionKinds: ['isolatedLeader'],
      intervalUsMax: 1_500_000,
      partitionUsMax: 2_000_000,
    },
    workload: { ...workload, thinkUsMax: 50_000, ttlMsMin: 300, ttlMsMax: 800, keyedPermille: 0 },
  };
}

/** Clients that hold until their lease ends, and hear late that it has begun. */
function slowClaims(drawn: SimulationOptions): SimulationOptions {
  const { network, workload } = drawn;
  return {
    ...drawn,
    network: { ...network, delayUsMin: 10_000, delayUsMax: 40_000 },
    workload: {
      ...workload,
      locks: 1,
      thinkUsMax: 2_000_000,
      ttlMsMin: 300,
      ttlMsMax: 600,
      waitMsMax: 5000,
      waitPermille: 1000,
      keyedPermille: 0,
      readPermille: 0,
      sessionPermille: 0,
      impatientPermille: 0,
    },
  };
}
