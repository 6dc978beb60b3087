import { Injectable, Logger } from '@nestjs/common';
import { ConsensusService, type GroupDriver, type ReplicaId } from '@sinkron/consensus';
import { type Change, type GroupSituation } from '../core/membership/step-towards.js';
import { CAUGHT_UP_ENTRIES_MAX } from '../status/core/limits.js';

/** Takes single steps to other replicas of groups that this node leads. */
@Injectable()
export class ReplicaSteps {
  private readonly logger = new Logger('Members');
  /** Why the latest step of a group was refused, so that it is told once. */
  private readonly refusals = new Map<string, string>();

  constructor(private readonly consensus: ConsensusService) {}

  /** Takes the step that `next` gives, if the group can take one now. */
  take(
    driver: GroupDriver,
    next: (situation: GroupSituation<ReplicaId>) => Change<ReplicaId> | null,
  ): void {
    const { group, raft } = driver;
    if (raft.members !== raft.committedMembers || raft.leader === null) return;
    const statuses = driver.replicaStatuses();
    const heard = statuses.filter((each) => each.heard).map(({ replica }) => replica);
    const caughtUp = statuses
      .filter(({ matchIndex, needsSnapshot }) => {
        return !needsSnapshot && raft.commitIndex - matchIndex <= CAUGHT_UP_ENTRIES_MAX;
      })
      .map(({ replica }) => replica);
    const change = next({
      members: raft.members,
      self: raft.leader,
      heard: new Set(heard),
      caughtUp: new Set(caughtUp),
    });
    if (change !== null) this.change(group, change);
  }

  private change(group: string, change: Change<ReplicaId>): void {
    const outcome = this.consensus.changeMembers(group, change);
    if (outcome.kind === 'appended') {
      this.refusals.delete(group);
    } else if (outcome.reason !== this.refusals.get(group)) {
      this.refusals.set(group, outcome.reason);
      this.logger.log(`${group}: the next step to other replicas waits: ${outcome.reason}`);
    }
  }
}
