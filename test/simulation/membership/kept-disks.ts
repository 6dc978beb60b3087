import type { ReplicaId } from '@sinkron/consensus';
import type { MembersHistory } from '../invariants/replicas/members-history.js';
import type { Machine } from '../node/machine.js';
import type { SimulatedNode } from '../node/simulated-node.js';

/**
 * Which replicas still have all that they promised to keep: more faults than a majority of the voters
 * survives prove nothing.
 */
export class KeptDisks {
  constructor(
    private readonly nodes: readonly SimulatedNode[],
    private readonly members: MembersHistory,
  ) {}

  /** Whether a majority goes without this one, in every configuration that may count. */
  mayLose({ machine }: SimulatedNode): boolean {
    return this.members.possible.every(({ voters, outgoingVoters }) => {
      return [voters, outgoingVoters].every((half) => {
        return !half.includes(machine.replica) || this.majorityKept(half, machine);
      });
    });
  }

  /** Whether a majority of the voters has its disks. @param without this machine's do not count. */
  majorityKept(voters: readonly ReplicaId[], without: Machine | null = null): boolean {
    const kept = this.nodes
      .filter((node) => !node.corrupted && node.machine !== without)
      .filter((node) => voters.includes(node.machine.replica));
    return 2 * kept.length > voters.length;
  }
}
