import {
  replicasOf,
  type Configuration,
  type decodeMessage,
  type GroupDriver,
  type Raft,
  type ReplicaId,
  type SnapshotPoint,
} from '@sinkron/consensus';
import type { LogDisk, WrittenEntry } from '../disk/log-disk.js';
import { CommitQuorum } from '../invariants/replicas/commit-quorum.js';
import { CommittedLog } from '../invariants/replicas/committed-log.js';
import { ElectionQuorum } from '../invariants/replicas/election-quorum.js';
import { ElectionSafety } from '../invariants/replicas/election-safety.js';
import { LeaderCompleteness } from '../invariants/replicas/leader-completeness.js';
import { LogMatching } from '../invariants/replicas/log-matching.js';
import { MembersHistory } from '../invariants/replicas/members-history.js';
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
  readonly members: MembersHistory;
  private readonly elections = new ElectionSafety();
  private readonly votes = new ElectionQuorum();
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

  constructor(
    private readonly world: World,
    founders: Configuration,
  ) {
    this.members = new MembersHistory(founders);
    this.quorum = new CommitQuorum(this.disks, this.committed, this.logs, this.members);
  }

  /** A replica begins to keep its log on a disk; what it said before it lost it counts for ever. */
  keeps(replica: ReplicaId, disk: LogDisk): void {
    this.disks.set(replica, disk);
    disk.onWritten = (entry: WrittenEntry, previousTerm: number) => {
      this.logs.wrote(replica, entry, previousTerm);
      const { index, term, members } = entry;
      if (members !== null) this.members.wrote(index, term, members);
    };
    disk.chainOf = (index, term) => this.logs.chain(index, term) ?? 0;
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
    this.votes.sent(message);
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
    const leads = raft.roleName === 'leader';
    const replica = {
      node,
      term,
      leads,
      commitIndex,
      baseIndex: raft.logBase.index,
      termAt: (index: number) => view.termAt(index),
    };
    if (commitIndex > view.commitIndex) {
      const news = this.committed.committed(replica, view.commitIndex);
      this.quorum.committedFirst(news, [view.members, raft.members]);
      for (const index of news) this.noteMembers(index, node);
      view.commitIndex = commitIndex;
    }
    if (leads && view.leaderOf !== term) {
      this.elections.leads(term, process);
      this.votes.leads(term, node, view.members);
      this.completeness.elected(replica);
      this.noteTransfer(node, term);
      if (raft.lastIndex > commitIndex + 1) {
        this.world.met('leader changed with uncommitted entries');
      }
    }
    if (!leads && view.leaderOf === term) this.world.met('leader stopped without a quorum');
    view.leaderOf = leads ? term : null;
    this.followMembers(view, raft);
    const state = `${raft.roleName} t${term} l${raft.lastIndex} c${commitIndex} a${appliedIndex}`;
    if (state !== view.traced) this.world.note(`${node} ${state}`);
    view.traced = state;
  }

  /** Members that count here may go back: their entry was deleted. */
  private followMembers(view: ReplicaView, { members, committedMembers }: Raft): void {
    if (members === view.members) return;
    const before = view.committedMembers;
    if (members === committedMembers && before === committedMembers) {
      this.world.met('configuration rolled back');
    }
    view.members = members;
    view.committedMembers = committedMembers;
  }

  private noteMembers(index: number, by: ReplicaId): void {
    const { world } = this;
    const step = this.members.committedFirst(index, this.committed.termAt(index) ?? 0);
    if (step === null) return;
    const { from, to, adopted } = step;
    if (adopted) world.met('joint configuration ended by another leader');
    if (to.outgoingVoters.length > 0) world.met('joint configuration committed');
    if (to.learners.some((id) => !replicasOf(from).includes(id))) world.met('learner added');
    if (from.outgoingVoters.length === 0) return;
    if (to.voters.some((id) => !from.outgoingVoters.includes(id))) world.met('voter added');
    if (from.outgoingVoters.some((id) => !to.voters.includes(id))) world.met('voter removed');
    if (!to.voters.includes(by)) world.met('leader removed');
  }

  private noteTransfer(node: ReplicaId, term: number): void {
    const to = this.transfers.get(term - 1);
    if (to === undefined) return;
    this.world.met(to === node ? 'leadership transferred' : 'transfer aborted');
  }
}
