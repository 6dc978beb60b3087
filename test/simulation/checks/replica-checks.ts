import type { decodeMessage, GroupDriver } from '@sinkron/consensus';
import type { LogDisk, WrittenEntry } from '../disk/log-disk.js';
import { CommitQuorum } from '../invariants/commit-quorum.js';
import { CommittedLog } from '../invariants/committed-log.js';
import { ElectionSafety } from '../invariants/election-safety.js';
import { LeaderCompleteness } from '../invariants/leader-completeness.js';
import { LogMatching } from '../invariants/log-matching.js';
import { MonotonicProgress } from '../invariants/monotonic-progress.js';
import { SpokenPromises } from '../invariants/spoken-promises.js';
import { StateMachineSafety, type AppliedEntry } from '../invariants/state-machine-safety.js';
import { EPOCH_MS } from '../world/machine-clock.js';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';
import type { ReplicaView } from './replica-view.js';

/** More than the clocks of a majority are ever ahead, and less than the one that goes mad. */
const LOG_TIME_AHEAD_MS_MAX = 120_000;

/** What must hold between the replicas after every event; each look costs what has changed. */
export class ReplicaChecks {
  private readonly elections = new ElectionSafety();
  private readonly logs = new LogMatching();
  private readonly committed = new CommittedLog();
  private readonly completeness = new LeaderCompleteness(this.committed);
  private readonly stateMachines = new StateMachineSafety();
  private readonly progress = new MonotonicProgress();
  private readonly promises = new SpokenPromises();
  private readonly quorum: CommitQuorum;

  constructor(
    private readonly world: World,
    private readonly disks: ReadonlyMap<string, LogDisk>,
  ) {
    this.quorum = new CommitQuorum([...disks.values()], this.committed, this.logs);
    for (const [node, disk] of disks) {
      disk.onWritten = (entry: WrittenEntry, previousTerm: number) =>
        this.logs.wrote(node, entry, previousTerm);
    }
  }

  /** The highest index that a replica has applied. */
  get appliedIndex(): number {
    return this.stateMachines.lastIndex;
  }

  get commitIndex(): number {
    return this.committed.lastIndex;
  }

  sent(node: string, message: ReturnType<typeof decodeMessage>['message']): void {
    if (message.kind === 'appendResponse' && !message.outcome.accepted) {
      this.world.met('append refused by the follower');
    }
    if (message.kind === 'voteResponse' && !message.granted) this.world.met('vote refused');
    const disk = this.disks.get(node);
    if (disk !== undefined) this.promises.sent(node, message, disk);
  }

  applied(node: string, index: number, applied: AppliedEntry): void {
    const elapsedMs = this.world.nowUs / 1000;
    expectPromise(
      applied.timeMs <= EPOCH_MS + elapsedMs + LOG_TIME_AHEAD_MS_MAX,
      'one clock far ahead does not move log time',
      { node, index, timeMs: applied.timeMs, elapsedMs },
    );
    this.stateMachines.apply(node, index, applied);
  }

  /** Something happened at a node. */
  afterEvent(view: ReplicaView, driver: GroupDriver): void {
    const { raft } = driver;
    const { term, commitIndex } = raft;
    const { node, process } = view;
    const appliedIndex = driver.appliedIndex;
    this.progress.progressed(process, { term, commitIndex, appliedIndex });
    const replica = { node, term, commitIndex, termAt: (index: number) => view.termAt(index) };
    if (commitIndex > view.commitIndex) {
      this.quorum.committedFirst(this.committed.committed(replica, view.commitIndex));
      view.commitIndex = commitIndex;
    }
    const leads = raft.roleName === 'leader';
    if (leads && view.leaderOf !== term) {
      this.elections.leads(term, process);
      this.completeness.elected(replica);
      if (raft.lastIndex > commitIndex + 1) {
        this.world.met('leader changed with uncommitted entries');
      }
    }
    if (!leads && view.leaderOf === term) this.world.met('leader stopped without a quorum');
    view.leaderOf = leads ? term : null;
    const state = `${raft.roleName} t${term} l${raft.lastIndex} c${commitIndex} a${appliedIndex}`;
    if (state !== view.traced) this.world.note(`${node} ${state}`);
    view.traced = state;
  }
}
