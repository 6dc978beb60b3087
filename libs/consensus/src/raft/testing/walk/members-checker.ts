import { invariant } from '@sinkron/invariant';
import type { Entry } from '../../core/entry.js';
import { decodeConfiguration } from '../../core/membership/configuration-codec.js';
import { isJoint, isVoter, type Configuration } from '../../core/membership/configuration.js';
import type { Cluster, Member } from '../cluster.js';
import { entryName } from '../entries.js';

interface Standing {
  readonly index: number;
  readonly members: Configuration;
}

/** What must hold while the members of a group change (Raft §6). */
export class MembersChecker {
  /** How often what makes changes hard has happened. */
  readonly seen = {
    /** Changes begun, and joint phases left. */
    begun: 0,
    left: 0,
    /** Leaders elected in a joint phase, crashed in one, and removed by a committed configuration. */
    elected: 0,
    crashed: 0,
    removed: 0,
    /** Snapshots in a joint phase. */
    snapshots: 0,
  };
  /** Committed configurations, oldest first. */
  private readonly standing: Standing[];

  constructor(
    founders: Configuration,
    private readonly members: () => Cluster['members'],
  ) {
    this.standing = [{ index: 0, members: founders }];
  }

  /** The last configuration that is committed anywhere. */
  get committed(): Configuration {
    return this.latest.members;
  }

  get committedIndex(): number {
    return this.latest.index;
  }

  /** The committed one and those that logs hold beyond it. */
  possible(): readonly Configuration[] {
    const held = [...this.members().values()].flatMap(({ up, replica }) => {
      return up ? replica.log() : replica.disk.durableEntries;
    });
    const open = held.filter(
      ({ kind, index }) => kind === 'configuration' && index > this.latest.index,
    );
    return [this.committed, ...open.map(({ data }) => decodeConfiguration(data))];
  }

  after({ id, replica }: Member): void {
    const { raft } = replica;
    if (raft.roleName !== 'preCandidate' && raft.roleName !== 'candidate') return;
    if (isVoter(raft.members, raft.id) || isVoter(raft.committedMembers, raft.id)) return;
    const between = replica
      .entriesFrom(raft.commitIndex + 1)
      .filter(({ kind }) => kind === 'configuration')
      .some(({ data }) => isVoter(decodeConfiguration(data), raft.id));
    invariant(between, 'who is removed does not campaign', { id });
  }

  /** A leader is elected, was removed, or crashes. */
  elected({ replica: { raft } }: Member): void {
    if (isJoint(raft.members)) this.seen.elected += 1;
  }

  crashed({ replica: { raft } }: Member): void {
    if (raft.roleName === 'leader' && isJoint(raft.members)) this.seen.crashed += 1;
  }

  installed({ replica, state }: Member): void {
    if (isJoint(state.members(replica.founders))) this.seen.snapshots += 1;
  }

  /** The log of a replica has changed. */
  wrote(member: Member): void {
    const { replica, id } = member;
    const { raft } = replica;
    const held = replica.entriesFrom(1).filter(({ kind }) => kind === 'configuration');
    const last = held.at(-1);
    const below = this.at(raft.logBase.index);
    // Who has founded the group is in nobody's state.
    const start = below.index === 0 ? replica.founders : below.members;
    const expected = last === undefined ? start : decodeConfiguration(last.data);
    invariant(same(raft.members, expected), 'the latest configuration of the log counts', {
      id,
      counts: raft.members,
      expected,
    });
    if (last === undefined || raft.roleName !== 'leader' || last.term !== raft.term) return;
    const open = held.filter((entry) => entry.index > raft.commitIndex);
    invariant(open.length <= 1, 'one change at a time (Raft §6)', {
      id,
      open: open.map(entryName),
    });
  }

  /** An entry is committed that was not before. */
  entryCommitted(entry: Entry): void {
    if (entry.kind !== 'configuration') return;
    const members = decodeConfiguration(entry.data);
    invariant(follows(this.committed, members), 'majorities of neighbours overlap (Raft §6)', {
      from: this.committed,
      to: members,
    });
    if (isJoint(this.committed)) this.seen.left += 1;
    else this.seen.begun += 1;
    this.standing.push({ index: entry.index, members });
    for (const { up, replica } of this.members().values()) {
      if (up && replica.raft.roleName === 'leader' && !isVoter(members, replica.id)) {
        this.seen.removed += 1;
      }
    }
  }

  /**
   * Whether the entry that `member` has just committed is held where it has to be: by the majorities
   * of the configuration at its place, or of the next one when the former is committed.
   */
  isHeld({ replica: { raft } }: Member, entry: Entry): boolean {
    const at = this.at(entry.index);
    const candidates = at.index < entry.index ? [at.members, raft.members] : [at.members];
    return candidates.some(({ voters, outgoingVoters }) =>
      [voters, outgoingVoters].every((half) => this.isHeldBy(half, entry)),
    );
  }

  /**
   * Whether a lease of this leader keeps everybody else from being elected: of the configurations that
   * may count, none has its majorities among those who would vote now.
   */
  isVouchedFor({ replica: { raft } }: Member): boolean {
    const free = [...this.members().values()].filter(({ up, replica }) => {
      // One that is down will be silent after its start.
      return up && !replica.raft['standing'].boundToLeader(replica.instant);
    });
    const votes = new Set<string>(free.map(({ id }) => id));
    return [raft.members, raft.committedMembers].every(({ voters, outgoingVoters }) =>
      [voters, outgoingVoters].some((half) => {
        return half.length > 0 && half.filter((id) => votes.has(id)).length * 2 <= half.length;
      }),
    );
  }

  private isHeldBy(half: readonly string[], entry: Entry): boolean {
    const holding = half.filter((voter) => this.members().get(voter)?.replica.disk.holds(entry));
    return half.length === 0 || holding.length * 2 > half.length;
  }

  private at(index: number): Standing {
    const found = this.standing.findLast((standing) => standing.index <= index);
    invariant(found !== undefined, 'MembersChecker: there are founders');
    return found;
  }

  private get latest(): Standing {
    const latest = this.standing.at(-1);
    invariant(latest !== undefined, 'MembersChecker: there are founders');
    return latest;
  }
}

function follows(from: Configuration, to: Configuration): boolean {
  if (isJoint(from)) return !isJoint(to) && alike(from.voters, to.voters);
  if (isJoint(to)) return alike(from.voters, to.outgoingVoters);
  return alike(from.voters, to.voters);
}

function same(one: Configuration, other: Configuration): boolean {
  return (
    alike(one.voters, other.voters) &&
    alike(one.outgoingVoters, other.outgoingVoters) &&
    alike(one.learners, other.learners)
  );
}

function alike(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id) => others.includes(id));
}
