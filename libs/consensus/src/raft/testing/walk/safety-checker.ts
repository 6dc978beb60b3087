import { invariant } from '@sinkron/invariant';
import type { RaftWrite } from '../../core/durable-state.js';
import type { Entry } from '../../core/entry.js';
import { logIndex, type LogIndex } from '../../core/identifiers.js';
import type { ReadReady } from '../../core/lease/read-queue.js';
import type { Configuration } from '../../core/membership/configuration.js';
import type { Message } from '../../core/message.js';
import type { Cluster, ClusterObserver, Member } from '../cluster.js';
import { entryName } from '../entries.js';
import { MembersChecker } from './members-checker.js';

/**
 * What must hold after every step of every run (Raft Figure 3, and what the leases promise).
 *
 * Where a property speaks of all times, the checker remembers: leaders by term, entries by index
 * and term, what was committed, votes given, the highest index answered to a client.
 */
export class SafetyChecker implements ClusterObserver {
  private readonly leaders = new Map<number, string>();
  private readonly entries = new Map<
    string,
    { previousTerm: number; data: string; timeMs: number }
  >();
  private readonly committed: Entry[] = [];
  private readonly votes = new Map<string, string>();
  private readonly readsFrom = new Map<string, number>();
  private highestElectedTerm = 0;
  /** The highest index that a leader applied, and so answered, in the term it proposed it in. */
  private answeredIndex = 0;
  /** Snapshots installed, and requests to campaign sent, in this run. */
  installedCount = 0;
  transferCount = 0;
  private commitBefore = 0;
  private termBefore = 0;

  /** What a change of members must not break. */
  readonly membership: MembersChecker;

  constructor(
    founders: Configuration,
    private readonly members: () => Cluster['members'],
  ) {
    this.membership = new MembersChecker(founders, members);
  }

  get committedCount(): number {
    return this.committed.length;
  }

  get electedTerms(): number {
    return this.leaders.size;
  }

  /** A read is about to be requested: it must see all that is committed by now. */
  readRequested(member: Member, id: number): void {
    this.readsFrom.set(`${member.id}/${id}`, this.committed.length);
  }

  before(member: Member): void {
    this.commitBefore = member.replica.raft.commitIndex;
    this.termBefore = member.replica.raft.term;
  }

  after(member: Member): void {
    const { raft } = member.replica;
    invariant(raft.term >= this.termBefore, 'terms never go back', { id: member.id });
    this.electionSafety(member);
    this.stateMachineSafety(member);
    this.membership.after(member);
    this.leases();
  }

  sent(member: Member, message: Message): void {
    const { disk } = member.replica;
    const { hardState } = disk;
    if (message.kind !== 'preVoteRequest' && message.kind !== 'preVoteResponse') {
      invariant(message.term <= hardState.term, 'what is said in a term is said after its flush', {
        message,
        durableTerm: hardState.term,
      });
    }
    if (message.kind === 'voteResponse' && message.granted) {
      const vote = `${member.id} in ${message.term}`;
      const before = this.votes.get(vote) ?? message.to;
      invariant(before === message.to, 'one vote a term (Raft §5.2)', { vote, before });
      this.votes.set(vote, message.to);
    }
    if (message.kind === 'timeoutNowRequest') this.transferCount += 1;
    const matchIndex = acknowledgedBy(message);
    if (matchIndex === null || message.term !== member.replica.raft.term) return;
    invariant(matchIndex <= disk.lastIndex, 'what is acknowledged is on the disk (Raft Figure 2)', {
      id: member.id,
      matchIndex,
    });
  }

  applied(member: Member, entry: Entry): void {
    const { raft, disk } = member.replica;
    invariant(entry.index <= disk.lastIndex, 'applies only what is on its own disk', {
      id: member.id,
      index: entry.index,
    });
    if (raft.roleName === 'leader' && entry.term === raft.term) {
      this.answeredIndex = Math.max(this.answeredIndex, entry.index);
    }
  }

  readConfirmed(member: Member, read: ReadReady): void {
    const committedThen = this.readsFrom.get(`${member.id}/${read.id}`);
    invariant(committedThen !== undefined, 'only reads that were asked are confirmed', { read });
    invariant(read.readIndex >= committedThen, 'a read sees all that was committed before it', {
      id: member.id,
      read,
      committedThen,
    });
  }

  /** Election Safety and Leader Completeness (Raft Figure 3). */
  private electionSafety(member: Member): void {
    const { raft } = member.replica;
    if (raft.roleName !== 'leader') return;
    const known = this.leaders.get(raft.term);
    invariant(known === undefined || known === member.id, 'Election Safety', {
      term: raft.term,
      leaders: [known, member.id],
    });
    if (known !== undefined) return;
    this.leaders.set(raft.term, member.id);
    this.electedByMajorities(member);
    this.highestElectedTerm = Math.max(this.highestElectedTerm, raft.term);
    this.membership.elected(member);
    for (const entry of this.committed) {
      if (entry.term >= raft.term) continue;
      // What was compacted is in the state.
      const compacted = entry.index <= raft.logBase.index;
      const state = member.state.applied[entry.index - 1];
      const found = compacted ? state?.term : raft.termAt(entry.index);
      invariant(found === entry.term, 'Leader Completeness', {
        leader: member.id,
        term: raft.term,
        lacks: entryName(entry),
      });
    }
  }

  /** Both majorities of a joint configuration, or the one there is (Raft §6). */
  private electedByMajorities({ id, replica: { raft } }: Member): void {
    const { voters, outgoingVoters } = raft.members;
    for (const half of [voters, outgoingVoters]) {
      const votes = half.filter((voter) => {
        return voter === id || this.votes.get(`${voter} in ${raft.term}`) === id;
      });
      invariant(half.length === 0 || votes.length * 2 > half.length, 'elected by the majorities', {
        id,
        votes,
        members: raft.members,
      });
    }
  }

  /** Log Matching (Raft Figure 3): an index and a term name one entry after one predecessor. */
  wrote(member: Member, write: RaftWrite): void {
    this.compaction(member, write);
    this.membership.wrote(member);
    const first = write.entries[0];
    if (first === undefined) return;
    const before = member.replica.raft.pointAt(logIndex(first.index - 1));
    let previousTerm: number = before.term;
    let previousTimeMs = before.timeMs;
    for (const entry of write.entries) {
      const name = entryName(entry);
      const data = new TextDecoder('latin1').decode(entry.data);
      const known = this.entries.get(name) ?? { previousTerm, data, timeMs: entry.timeMs };
      this.entries.set(name, known);
      const same = known.previousTerm === previousTerm && known.data === data;
      invariant(same && known.timeMs === entry.timeMs, 'Log Matching', { id: member.id, name });
      invariant(entry.timeMs >= previousTimeMs, 'log time never goes backwards', { name });
      invariant(entry.term >= previousTerm, 'terms grow along a log', { name });
      previousTerm = entry.term;
      previousTimeMs = entry.timeMs;
    }
  }

  /** The log forgets only what the state has on its disk (Raft §7). */
  private compaction({ id, state }: Member, { compactThrough }: RaftWrite): void {
    if (compactThrough === null) return;
    const { index, term, timeMs } = compactThrough;
    invariant(index <= state.flushedIndex, 'compacts only what the state has flushed', {
      id,
      index,
      flushed: state.flushedIndex,
    });
    const committed = this.committed[index - 1];
    const same = committed?.term === term && committed.timeMs === timeMs;
    invariant(same, 'the base is a committed entry', { id, compactThrough });
  }

  /** A snapshot is what every replica would have applied. */
  installed(member: Member): void {
    const { id, state } = member;
    this.membership.installed(member);
    for (const entry of state.applied) {
      const committed = this.committed[entry.index - 1];
      const same = committed?.term === entry.term && committed.timeMs === entry.timeMs;
      invariant(same, 'State Machine Safety, by a snapshot', { id, entry: entryName(entry) });
    }
    this.installedCount += 1;
  }

  /** State Machine Safety (Raft Figure 3), and that a majority has flushed what is committed. */
  private stateMachineSafety(member: Member): void {
    const { raft } = member.replica;
    if (raft.commitIndex <= this.commitBefore) return;
    // A snapshot moves the commit index and the log's base together.
    const from = Math.max(this.commitBefore, raft.logBase.index) + 1;
    const log = member.replica.entriesFrom(from);
    for (let index = from; index <= raft.commitIndex; index += 1) {
      const entry = log[index - from];
      invariant(entry !== undefined, 'commits what it has', { id: member.id, index });
      const known = this.committed[index - 1];
      if (known === undefined) {
        this.committed.push(entry);
        this.membership.entryCommitted(entry);
        this.onMajority(member, entry);
      } else {
        invariant(known.term === entry.term, 'State Machine Safety', {
          id: member.id,
          committed: entryName(known),
          found: entryName(entry),
        });
      }
    }
  }

  private onMajority(member: Member, entry: Entry): void {
    invariant(
      this.membership.isHeld(member, entry),
      'the majorities that count have flushed what is committed',
      { leader: member.id, entry: entryName(entry), members: member.replica.raft.members },
    );
  }

  /** While a lease runs nobody else has been elected, and the state has all that was answered. */
  private leases(): void {
    for (const member of this.members().values()) {
      const { id, replica, state, up } = member;
      if (!up || !replica.leaseValid()) continue;
      invariant(this.membership.isVouchedFor(member), 'a lease binds the majorities', {
        holder: id,
        members: replica.raft.members,
      });
      const { term, leadership } = replica.raft;
      invariant(term >= this.highestElectedTerm, 'no election within a lease', {
        holder: id,
        term,
        elected: this.highestElectedTerm,
      });
      if (leadership === undefined || state.appliedIndex < leadership.termStartIndex) continue;
      invariant(state.appliedIndex >= this.answeredIndex, 'a lease read sees every answer', {
        holder: id,
        applied: state.appliedIndex,
        answered: this.answeredIndex,
      });
    }
  }
}

function acknowledgedBy(message: Message): LogIndex | null {
  if (message.kind === 'appendResponse') {
    return message.outcome.accepted ? message.outcome.matchIndex : null;
  }
  if (message.kind !== 'snapshotResponse' || message.outcome.kind !== 'held') return null;
  return message.outcome.matchIndex;
}
