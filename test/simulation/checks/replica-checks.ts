import type { decodeMessage, GroupDriver, ReplicaId, SnapshotPoint } from '@sinkron/consensus';
import type { LogDisk, WrittenEntry } from '../disk/log-disk.js';
import { CommitQuorum } from '../invariants/replicas/commit-quorum.js';
import { CommittedLog } from '../invariants/replicas/committed-log.js';
import { ElectionSafety } from '../invariants/replicas/election-safety.js';
import { LeaderCompleteness } from '../invariants/replicas/leader-completeness.js';
import { LogMatching } from '../invariants/replicas/log-matching.js';
import { MonotonicProgress } from '../invariants/replicas/monotonic-progress.js';
import { SpokenPromises } from '../invariants/replicas/spoken-promises.js';
import {
  StateMachineSafety,
  type AppliedEntry,
} from '../invariants/replicas/state-machine-safety.js';
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
  private readonly disks = new Map<ReplicaId, LogDisk>();
  /** To whom the leader of a term last handed over. */
  private readonly transfers = new Map<number, ReplicaId>();

  constructor(private readonly world: World) {
    this.quorum = new CommitQuorum(this.disks, this.committed, this.logs);
  }

  /** A replica begins to keep its log on a disk. */
  keeps(replica: ReplicaId, disk: LogDisk): void {
    this.disks.set(replica, disk);
    disk.onWritten = (entry: WrittenEntry, previousTerm: number) =>
      this.logs.wrote(replica, entry, previousTerm);
    disk.chainOf = (index, term) => this.logs.chain(index, term) ?? 0;
  }

  /** A replica has lost its disk, for good. */
  lost(replica: ReplicaId): void {
    this.disks.delete(replica);
  }

  /** The highest index that a replica has applied. */
  get appliedIndex(): number {
    return this.stateMachines.lastIndex;
  }

  get commitIndex(): number {
    return this.committed.lastIndex;
  }

  sent(message: ReturnType<typeof decodeMessage>['message']): void {
    if (message.kind === 'appendResponse' && !message.outcome.accepted) {
      this.world.met('append refused by the follower');
    }
    if (message.kind === 'voteResponse' && !message.granted) this.world.met('vote refused');
    const disk = this.disks.get(message.from);
    if (disk !== undefined) this.promises.sent(message.from, message, disk);
  }

  applied(node: ReplicaId, index: number, applied: AppliedEntry): void {
    const elapsedMs = this.world.nowUs / 1000;
    expectPromise(
      applied.timeMs <= EPOCH_MS + elapsedMs + LOG_TIME_AHEAD_MS_MAX,
      'one clock far ahead does not move log time',
      { node, index, timeMs: applied.timeMs, elapsedMs },
    );
    this.stateMachines.apply(node, index, applied);
  }

  /** The leader of `term` hands over to a replica. */
  transferring(to: ReplicaId, term: number): void {
    this.transfers.set(term, to);
  }

  /** A snapshot has become the state of a node. */
  installed({ node }: ReplicaView, point: SnapshotPoint, state: number): void {
    this.stateMachines.install(node, point, state);
  }

  /** Something happened at a node. */
  afterEvent(view: ReplicaView, driver: GroupDriver): void {
    const { raft } = driver;
    const { term, commitIndex } = raft;
    const { node, process } = view;
    const appliedIndex = driver.appliedIndex;
    const { installedIndex } = view;
    this.progress.progressed(process, { term, commitIndex, appliedIndex, installedIndex });
    const replica = {
      node,
      term,
      commitIndex,
      baseIndex: raft.logBase.index,
      termAt: (index: number) => view.termAt(index),
    };
    if (commitIndex > view.commitIndex) {
      const news = this.committed.committed(replica, view.commitIndex);
      this.quorum.committedFirst(news, view.members);
      view.commitIndex = commitIndex;
    }
    view.members = raft.members;
    const leads = raft.roleName === 'leader';
    if (leads && view.leaderOf !== term) {
      this.elections.leads(term, process);
      this.completeness.elected(replica);
      this.noteTransfer(node, term);
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

  private noteTransfer(node: ReplicaId, term: number): void {
    const to = this.transfers.get(term - 1);
    if (to === undefined) return;
    this.world.met(to === node ? 'leadership transferred' : 'transfer aborted');
  }
}
