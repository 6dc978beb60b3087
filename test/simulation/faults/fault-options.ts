import { PARTITION_KINDS, type PartitionKind } from '../network/partition.js';
import type { Prng } from '../random/prng.js';

export type FaultKind =
  | 'crash'
  | 'crashLeader'
  | 'crashAll'
  | 'pause'
  | 'pauseLeader'
  /** So long that the others take the node for dead. */
  | 'pauseLong'
  | 'partition'
  /** The leader is cut off and stopped, and wakes while it is still alone. */
  | 'freezeLeader'
  /** A node that gave its vote crashes and is back at once. */
  | 'crashVoter'
  /** Two halves, joined by one node, which crashes and is back at once. */
  | 'crashBridge'
  | 'wallClock'
  /** The leader hands over to another node. */
  | 'transfer'
  /** A node is away for long enough to need a snapshot; nodes crash while they get one. */
  | 'crashReceiver'
  /** A node is told to stop, and starts again. */
  | 'stop'
  /** A write fails: the node stops by itself. */
  | 'failDisk'
  | 'slowDisk'
  /** Bytes at rest change. */
  | 'flipBits'
  /** Somebody changes the members. */
  | 'changeMembers'
  /** A node loses its disks, and comes back as another replica. */
  | 'replaceDisks';

const FAULT_KINDS: readonly FaultKind[] = [
  'crash',
  'crashLeader',
  'crashAll',
  'pause',
  'pauseLeader',
  'partition',
  'freezeLeader',
  'crashVoter',
  'crashBridge',
  'wallClock',
  'transfer',
  'crashReceiver',
  'stop',
  'failDisk',
  'slowDisk',
  'flipBits',
  'changeMembers',
  'changeMembers',
  'changeMembers',
  'replaceDisks',
];

/** What happens to nodes and paths; drawn anew for every seed. */
export interface FaultOptions {
  readonly kinds: readonly FaultKind[];
  readonly partitionKinds: readonly PartitionKind[];
  /** Longest time between two faults, microseconds. */
  readonly intervalUsMax: number;
  /** Crashes of single nodes leave a majority alive. */
  readonly sparesMajority: boolean;
  /** Longest time until a crashed node starts again, microseconds. */
  readonly downUsMax: number;
  readonly pauseUsMax: number;
  readonly partitionUsMax: number;
}

/** A seed has some of the faults, rarely none. @param long whether there is time for long ones. */
export function drawFaultOptions(random: Prng, long: boolean): FaultOptions {
  const kinds = FAULT_KINDS.filter(() => random.permille(500));
  return {
    kinds: long ? ['pauseLong', 'wallClock'] : kinds,
    partitionKinds: random.sample(PARTITION_KINDS, random.integer(1, PARTITION_KINDS.length + 1)),
    intervalUsMax: random.pick([300_000, 1_000_000, 3_000_000]),
    sparesMajority: random.permille(600),
    downUsMax: random.pick([100_000, 500_000, 2_000_000, 12_000_000]),
    pauseUsMax: random.pick([200_000, 1_500_000, 12_000_000]),
    partitionUsMax: random.pick([500_000, 2_000_000, 14_000_000]),
  };
}
