import type { Configuration, MembersChange, ReplicaId } from '@sinkron/consensus';
import { nextChange } from '../../../libs/cluster/src/core/membership/next-change.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';
import type { KeptDisks } from './kept-disks.js';

/** Between two looks at a group that is to come to rest, microseconds. */
const SETTLE_US = 100_000;

/** Most voters that a whim makes: the group is not meant to have more. */
const VOTERS_MAX = 7;

/** Replicas that change their place by one whim at most. */
const MOVES_MAX = 3;

/**
 * Who changes the members of the group: by whim while things go wrong, and to what the product itself
 * wants of it when they are healed.
 */
export class Operator {
  constructor(
    private readonly world: World,
    private readonly nodes: readonly SimulatedNode[],
    private readonly random: Prng,
    private readonly kept: KeptDisks,
  ) {}

  /** Asks one who leads, or thinks so, for some change that may be a bad one. */
  meddle(leader: SimulatedNode): void {
    const members = leader.process?.driver.raft.members;
    if (members === undefined) return;
    const change = this.whim(members);
    if (this.kept.majorityKept(change.voters)) this.ask(leader, change);
  }

  /** Leads the group, step by step, to the voters that it should have, for ever. */
  settle(): void {
    for (const leader of this.nodes) {
      const change = this.wanted(leader);
      if (change !== null) this.ask(leader, change);
    }
    this.world.schedule(SETTLE_US, () => this.settle());
  }

  /** Whether there is nothing left to change. */
  get settled(): boolean {
    return this.nodes.every((node) => this.wanted(node) === null);
  }

  private wanted(node: SimulatedNode): MembersChange | null {
    const { process } = node;
    if (process?.driver.leads !== true) return null;
    const { driver } = process;
    const { members, id } = driver.raft;
    const statuses = driver.replicaStatuses();
    const heard = statuses.filter((status) => status.heard).map(({ replica }) => replica);
    const learners = statuses.filter(({ role, needsSnapshot, matchIndex }) => {
      return role === 'learner' && !needsSnapshot && matchIndex > 0;
    });
    return nextChange<ReplicaId>({
      candidates: this.nodes.map(({ machine, process: running }) => {
        return { replica: machine.replica, alive: running !== null, lost: running === null };
      }),
      members,
      self: id,
      heard: new Set([...heard, id]),
      caughtUp: new Set(learners.map(({ replica }) => replica)),
    });
  }

  private ask(leader: SimulatedNode, change: MembersChange): void {
    const { world } = this;
    const { process } = leader;
    if (process?.events.stopped !== false) return;
    const outcome = process.changeMembers(change);
    if (outcome === null) return;
    const told = outcome.kind === 'refused' ? outcome.reason : `index ${outcome.index}`;
    const { voters, learners } = change;
    world.note(
      `${leader.id} is to have voters ${voters.join()} learners ${learners.join()}: ${told}`,
    );
    if (outcome.kind === 'appended') return;
    if (outcome.reason === 'wouldLoseMajority') world.met('change refused: its voters are silent');
    if (outcome.reason === 'notCaughtUp') world.met('change refused: a voter is behind');
    if (outcome.reason === 'changeUnderWay') world.met('change refused: another is under way');
  }

  /** A few replicas come, go, or change their part. */
  private whim({ voters, learners }: Configuration): MembersChange {
    const { random } = this;
    const next = { voters: new Set(voters), learners: new Set(learners) };
    const here = this.nodes.map(({ machine }) => machine.replica);
    const gone = [...voters, ...learners].filter((replica) => !here.includes(replica));
    // Replicas without a disk are what an operator would remove first.
    const names = gone.length > 0 && random.permille(500) ? gone : [...here, ...gone];
    const moves = random.permille(700) ? 1 : random.integer(2, MOVES_MAX + 1);
    for (const replica of random.sample(names, moves)) {
      if (next.voters.delete(replica)) {
        if (random.permille(300) && here.includes(replica)) next.learners.add(replica);
      } else if (!next.learners.delete(replica)) {
        // Who has learned nothing yet is refused as a voter.
        (random.permille(150) ? next.voters : next.learners).add(replica);
      } else if (next.voters.size < VOTERS_MAX && random.permille(800)) {
        next.voters.add(replica);
      }
    }
    const [first] = voters;
    if (next.voters.size === 0 && first !== undefined) {
      next.voters.add(first);
      next.learners.delete(first);
    }
    return { voters: [...next.voters], learners: [...next.learners] };
  }
}
