import type { RunOptions } from '../simulation.js';
import { HONEST_PARTS, type Parts } from '../node/parts.js';
import { contestedElections, flippedBits, smallLogs, stalledWrites } from './circumstances.js';
import { AheadStateDisk } from './disks/ahead-state-disk.js';
import { CounterlessSnapshotDisk, StaleSnapshotDisk } from './disks/broken-snapshots.js';
import { EagerLogDisk } from './disks/eager-log-disk.js';
import { ForgetfulLogDisk } from './disks/forgetful-log-disk.js';
import { ForgetfulStateDisk } from './disks/forgetful-state-disk.js';
import { LyingLogDisk } from './disks/lying-log-disk.js';
import { TearingLogDisk } from './disks/tearing-log-disk.js';
import { TrustingLogDisk } from './disks/trusting-log-disk.js';
import type { Mutants } from './mutant.js';

/** Disks that break a promise, and replicas that make nothing of it. */
export const DISK_MUTANTS: Mutants = {
  'acknowledge before the flush': {
    broken: /on the disk before/,
    seed: 1,
    run: onLogs((...drawn) => new EagerLogDisk(...drawn)),
  },
  'a disk that loses flushed writes in a crash': {
    // The product itself may find its log shorter than its state.
    broken:
      /commitIndex <= lastIndex|disks of a majority|Leader Completeness|committed entries never change|State Machine Safety/,
    seed: 4,
    run: onLogs((...drawn) => new LyingLogDisk(...drawn)),
  },
  'vote twice after a restart': {
    broken: /Election Safety|one leader a term/,
    seed: 77,
    run: {
      parts: {
        ...HONEST_PARTS,
        logDisk: (...drawn) => new ForgetfulLogDisk(...drawn),
        // Without the silence after a start, which covers for it most of the time.
        formation: () => true,
      },
      adjust: contestedElections,
    },
  },
  'a disk that counts half of a write': {
    broken: /last log term <= term|one leader a term/,
    seed: 5,
    run: { ...onLogs((...drawn) => new TearingLogDisk(...drawn)), adjust: stalledWrites },
  },
  'a corrupted replica that goes on voting': {
    broken:
      /Leader Completeness|committed entries never change|disks of a majority|commits only what it has|commitIndex <= lastIndex/,
    seed: 2,
    run: { ...onLogs((...drawn) => new TrustingLogDisk(...drawn)), adjust: flippedBits },
  },
  'a state that loses the results of commands': {
    broken: /State Machine Safety|no command is applied twice/,
    seed: 5,
    run: onStates((...drawn) => new ForgetfulStateDisk(...drawn)),
  },
  'a state whose applied index is ahead of its data': {
    broken: /State Machine Safety|a rest that ends has begun|shows the state at its index/,
    seed: 4,
    run: onStates((...drawn) => new AheadStateDisk(...drawn)),
  },
  'a stale snapshot installed': {
    broken: /a snapshot is the state at its index/,
    seed: 1,
    run: { ...onStates((...drawn) => new StaleSnapshotDisk(...drawn)), adjust: smallLogs },
  },
  'token reuse after a snapshot': {
    broken: /a snapshot is the state at its index/,
    seed: 1,
    run: { ...onStates((...drawn) => new CounterlessSnapshotDisk(...drawn)), adjust: smallLogs },
  },
};

function onLogs(logDisk: Parts['logDisk']): Omit<RunOptions, 'seed'> {
  return { parts: { ...HONEST_PARTS, logDisk } };
}

function onStates(stateDisk: Parts['stateDisk']): Omit<RunOptions, 'seed'> {
  return { parts: { ...HONEST_PARTS, stateDisk } };
}
