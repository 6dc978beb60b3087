import type { SimulationOptions } from '../simulation-options.js';
import { SAFE_WINDOW_MS } from '../workload/queues/queue-options.js';
import type { ClockDrift } from '../world/machine-clock.js';

/** A clock that is right, for a node that was not drawn. */
const STEADY: ClockDrift = { ratePpm: 0, wallOffsetMs: 0 };

/** Three nodes, which stay the members. */
function three(drawn: SimulationOptions): SimulationOptions {
  const clocks = [0, 1, 2].map((position) => drawn.clocks[position] ?? STEADY);
  return { ...drawn, nodes: 3, founders: 3, clocks, faultsUs: 12_000_000 };
}

/** Candidates of one term whose requests come far apart, and voters that crash in between. */
export function contestedElections(drawn: SimulationOptions): SimulationOptions {
  const { network, disk, faults, workload } = drawn;
  return {
    ...three(drawn),
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
export function frozenLeaders(drawn: SimulationOptions): SimulationOptions {
  const { faults, workload } = drawn;
  return {
    ...three(drawn),
    faults: { ...faults, kinds: ['freezeLeader'], intervalUsMax: 6_000_000 },
    workload: { ...workload, clients: 7, thinkUsMax: 50_000, readPermille: 500 },
  };
}

/** Followers that need snapshots as often as can be. */
export function smallLogs(drawn: SimulationOptions): SimulationOptions {
  const logKeeping = { entries: 3, bytes: 1_000_000, stepEntries: 1, stepBytes: 100_000 };
  return { ...drawn, logKeeping };
}

/** Leaders that are cut off for a while and lead again, among clients with leases to keep. */
export function deposedLeaders(drawn: SimulationOptions): SimulationOptions {
  const { faults, workload } = drawn;
  return {
    ...three(drawn),
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
export function slowClaims(drawn: SimulationOptions): SimulationOptions {
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

/** Voters that come back at once, between a leader and those that it does not reach. */
export function restartedVoters(drawn: SimulationOptions): SimulationOptions {
  const { network, faults, workload } = drawn;
  return {
    ...three(drawn),
    network: { ...network, delayUsMin: 100, delayUsMax: 2000, lossPermille: 0, clogPermille: 0 },
    faults: { ...faults, kinds: ['crashBridge'], intervalUsMax: 3_000_000, sparesMajority: true },
    workload: {
      ...workload,
      // A candidate that its leader has not reached for long must not lack an entry.
      readPermille: 1000,
      clients: 9,
      thinkUsMax: 50_000,
      waitPermille: 0,
      sessionPermille: 0,
      ttlMsMin: 4000,
      ttlMsMax: 6000,
    },
  };
}

/** Disks that forget, under voters that are needed soon after. */
export function flippedBits(drawn: SimulationOptions): SimulationOptions {
  const { faults } = drawn;
  return {
    ...drawn,
    faults: {
      ...faults,
      kinds: ['flipBits', 'crashLeader', 'partition'],
      intervalUsMax: 1_000_000,
      downUsMax: 500_000,
      sparesMajority: true,
    },
  };
}

/** Crashes in the middle of writes, in elections above all. */
export function stalledWrites(drawn: SimulationOptions): SimulationOptions {
  const { disk, faults } = drawn;
  return {
    ...three(drawn),
    disk: { ...disk, stallPermille: 300, stallUsMax: 300_000, survivePermille: 0 },
    faults: {
      ...faults,
      kinds: ['crashVoter', 'crashLeader', 'crash'],
      intervalUsMax: 500_000,
      downUsMax: 500_000,
      sparesMajority: true,
    },
  };
}

/** One change of the members after the other, among leaders that come and go. */
export function changingMembers(drawn: SimulationOptions): SimulationOptions {
  const { faults } = drawn;
  return {
    ...drawn,
    faults: {
      ...faults,
      kinds: ['changeMembers', 'changeMembers', 'crashLeader', 'partition'],
      intervalUsMax: 400_000,
      downUsMax: 500_000,
      partitionUsMax: 1_500_000,
      sparesMajority: true,
    },
  };
}

/** Publishers that are not answered and try again, under leaders that come and go. */
export function publishersInDoubt(drawn: SimulationOptions): SimulationOptions {
  const { faults, queues } = drawn;
  const topics = queues.topics.map((plan) => {
    const { configuration } = plan;
    const deduplicationWindowMs = SAFE_WINDOW_MS;
    return { ...plan, redriven: false, configuration: { ...configuration, deduplicationWindowMs } };
  });
  return {
    ...three(drawn),
    faults: {
      ...faults,
      kinds: ['crashLeader', 'partition'],
      partitionKinds: ['isolatedLeader'],
      intervalUsMax: 1_000_000,
      partitionUsMax: 2_000_000,
      downUsMax: 500_000,
      sparesMajority: true,
    },
    queues: {
      ...queues,
      topics,
      deduplicatedPermille: 1000,
      keyedPermille: 0,
      thinkUsMax: 30_000,
      deadlineUsMax: 1_500_000,
    },
  };
}
