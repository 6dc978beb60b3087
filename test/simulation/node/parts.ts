import type { ReplicatedMachine } from '@sinkron/consensus';
import { LockMachine, WaitingRoom, type LockEffect } from '@sinkron/locking';
import type { TopicEffect } from '../../../libs/queueing/src/core/topics/topic-effect.js';
import { TopicMachine } from '../../../libs/queueing/src/machine/topic-machine.js';
import type { DiskOptions } from '../disk/disk-options.js';
import { LogDisk } from '../disk/log-disk.js';
import { StateDisk } from '../disk/state-disk.js';
import type { Prng } from '../random/prng.js';
import { MachineClock, type ClockDrift } from '../world/machine-clock.js';
import type { World } from '../world/world.js';

/** What a node is made of; a mutant replaces one part by a broken one. */
export interface Parts {
  logDisk(world: World, random: Prng, options: DiskOptions): LogDisk;
  stateDisk(world: World, random: Prng, options: DiskOptions): StateDisk;
  clock(world: World, drift: ClockDrift): MachineClock;
  /** Whether a start is told that the group is being formed by it. @param boot 1 at the first. */
  formation(boot: number): boolean;
  /** What tells the proposers of a node apart, over all its processes. */
  proposerUnique(random: Prng): string;
  lockMachine(): ReplicatedMachine<LockEffect>;
  topicMachine(): ReplicatedMachine<TopicEffect>;
  waitingRoom(): WaitingRoom;
  /** Bends the product itself for the time of one run. @returns straightens it. */
  bend(): () => void;
}

export const HONEST_PARTS: Parts = {
  logDisk: (world, random, options) => new LogDisk(world, random, options),
  stateDisk: (world, random, options) => new StateDisk(world, random, options),
  clock: (world, drift) => new MachineClock(world, drift),
  formation: (boot) => boot === 1,
  proposerUnique: (random) => random.hexadecimal(4),
  lockMachine: () => new LockMachine(),
  topicMachine: () => new TopicMachine(),
  waitingRoom: () => new WaitingRoom(),
  bend: () => () => {},
};
