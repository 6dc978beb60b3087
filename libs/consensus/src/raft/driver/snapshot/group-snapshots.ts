import { invariant } from '@sinkron/invariant';
import { MalformedError } from '../../../codec/tuple.js';
import { logIndex, type LogIndex, type ReplicaId } from '../../core/identifiers.js';
import type { Instant } from '../../core/instant.js';
import type { Configuration } from '../../core/membership/configuration.js';
import type { SnapshotRequest } from '../../core/message.js';
import type { Raft } from '../../core/raft.js';
import type { GroupState } from '../ports.js';
import { CatchUps } from './catch-ups.js';
import { SnapshotExpiredError } from './snapshot-expired-error.js';
import { SnapshotReception } from './snapshot-reception.js';
import { SnapshotStream } from './snapshot-stream.js';
import type { SnapshotTrouble } from './snapshot-trouble.js';

export interface SnapshotHost {
  readonly raft: Raft;
  readonly state: Pick<GroupState, 'appliedIndex' | 'openSnapshot' | 'beginInstall'>;
  /** Who the members are as the state knows them. */
  members(): Configuration;
  /** The state has just become another one. */
  replaced(): void;
  /** Asks for a `run`: the disk has done something. */
  wake(): void;
  /** A snapshot has to start again. */
  troubled(trouble: SnapshotTrouble): void;
}

/**
 * The snapshots of one replica: those it sends to followers while it leads, and the one it receives.
 * A part a turn in either direction, so that nothing else waits for long.
 */
export class GroupSnapshots {
  private readonly streams = new Map<ReplicaId, SnapshotStream>();
  private readonly catchUps = new CatchUps();
  private lastStream = 0;
  private reception: SnapshotReception | null = null;
  private installs = 0;

  constructor(private readonly host: SnapshotHost) {}

  /** Streams to followers that are open. */
  get streamCount(): number {
    return this.streams.size;
  }

  /** Snapshots that have replaced the state of this replica since it was started. */
  get installedCount(): number {
    return this.installs;
  }

  /** The log is kept from here on, for followers continue it after their snapshots. */
  get lowestPoint(): number {
    let lowest = this.catchUps.lowestIndex(this.host.raft.leadership?.replication);
    for (const { point } of this.streams.values()) lowest = Math.min(lowest, point.index);
    return lowest;
  }

  /** The disk is about to replace the state: nothing may be applied to the present one. */
  get replacing(): boolean {
    return this.reception?.state === 'replacing';
  }

  /** Whether a snapshot is on its way, from here or to here. */
  get busy(): boolean {
    return this.streams.size > 0 || this.reception !== null;
  }

  /** One heartbeat. @param streamsMax how many streams this group may have open now. */
  tick(streamsMax: number): void {
    const targets = this.host.raft.leadership?.replication.snapshotTargets() ?? [];
    for (const [to, stream] of this.streams) {
      const again = targets.includes(to) ? stream.tick() : null;
      if (again === null) this.close(to);
      else for (const part of again) this.host.raft.snapshots.send(to, part);
    }
    this.catchUps.tick(this.host.raft.leadership?.replication);
    for (const to of targets) {
      if (this.streams.size < streamsMax && !this.streams.has(to)) this.open(to);
    }
    this.dropOutdated();
  }

  /** @returns whether more is left for another turn. */
  run(instant: Instant): boolean {
    this.tellReplaced(instant);
    this.takeAnswers();
    const sending = this.sendParts();
    for (const part of this.host.raft.snapshots.takeParts()) this.receive(part, instant);
    const receiving = this.advance(instant);
    return sending || receiving;
  }

  /** Ends all that is under way, except what the disk is about to finish. */
  stop(): void {
    for (const to of this.streams.keys()) this.close(to);
    if (!this.replacing) this.abort();
  }

  private open(to: ReplicaId): void {
    const { raft, state } = this.host;
    const source = state.openSnapshot();
    if (source === null) return;
    const point = raft.pointAt(logIndex(source.index));
    invariant(point.term === source.term, 'GroupSnapshots: the state is what the log led to', {
      index: source.index,
      terms: [point.term, source.term],
    });
    this.lastStream += 1;
    try {
      this.streams.set(to, new SnapshotStream(source, point, this.lastStream));
    } catch (error) {
      source.close();
      if (!(error instanceof SnapshotExpiredError)) throw error;
      this.expired(to, point.index, error);
    }
  }

  private close(to: ReplicaId): void {
    this.streams.get(to)?.close();
    this.streams.delete(to);
    const { leadership } = this.host.raft;
    if (leadership?.progressOf(to)?.state === 'replicate') this.catchUps.begin(to);
  }

  private takeAnswers(): void {
    for (const { from, stream, outcome } of this.host.raft.snapshots.takeAnswers()) {
      const open = this.streams.get(from);
      if (open === undefined || open.stream !== stream) continue;
      // The next tick opens another one for who still needs it.
      if (outcome.kind === 'held' || !open.answered(outcome)) this.close(from);
    }
    if (this.host.raft.leadership !== undefined) return;
    for (const to of this.streams.keys()) this.close(to);
    this.catchUps.clear();
  }

  private sendParts(): boolean {
    let sent = false;
    for (const [to, stream] of this.streams) {
      try {
        const part = stream.nextPart();
        if (part === null) continue;
        this.host.raft.snapshots.send(to, part);
        sent = true;
      } catch (error) {
        if (!(error instanceof SnapshotExpiredError)) throw error;
        this.close(to);
        this.expired(to, stream.point.index, error);
      }
    }
    return sent;
  }

  private expired(peer: ReplicaId, index: LogIndex, { message: reason }: Error): void {
    this.host.troubled({ kind: 'expired', peer, index, reason });
  }

  private receive(part: SnapshotRequest, instant: Instant): void {
    const { raft, state } = this.host;
    // What was received in a term is of no use in the next, where another one leads.
    if (part.term !== raft.term) return;
    if (this.reception?.includes(part) === true) return this.reception.add(part);
    const { attempt } = this.reception ?? {};
    const late = attempt?.term === part.term && attempt.stream > part.stream;
    if (late || this.replacing) return;
    if (part.sequence > 0) return raft.snapshots.staged(part, 0, instant);
    this.abort();
    const sink = state.beginInstall(part.point);
    this.reception = new SnapshotReception(part, sink, () => this.host.wake());
    this.reception.add(part);
  }

  /** The state was replaced since the last turn: now the log follows. */
  private tellReplaced(instant: Instant): void {
    const { reception } = this;
    if (reception?.state !== 'replaced') return;
    this.reception = null;
    this.installs += 1;
    const { attempt, point } = reception;
    this.host.raft.snapshots.installed(attempt, point, this.host.members(), instant);
  }

  /** @returns whether the next part may follow at once. */
  private advance(instant: Instant): boolean {
    const { reception } = this;
    if (reception === null) return false;
    try {
      const progressed = reception.stage();
      const staged = reception.takeAnswer();
      if (staged !== null) {
        this.host.raft.snapshots.staged(reception.attempt, staged, instant);
      }
      if (reception.state === 'staged') this.replace(reception);
      return progressed;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const { attempt, point } = reception;
      const { message: reason } = error;
      const trouble = { peer: attempt.from, index: point.index, reason };
      this.host.troubled({ kind: 'malformed', ...trouble });
      // The leader starts again when it hears that nothing is staged.
      this.abort();
      return false;
    }
  }

  private replace(reception: SnapshotReception): void {
    const { raft, state } = this.host;
    // The log may have brought the state there meanwhile; it never goes back.
    if (state.appliedIndex >= reception.point.index || raft.term !== reception.attempt.term) {
      return this.abort();
    }
    reception.replace(() => this.host.replaced());
  }

  /** Ends a reception that a new term, or the log itself, has made useless. */
  private dropOutdated(): void {
    const { reception } = this;
    if (reception === null) return;
    if (reception.state === 'replacing' || reception.state === 'replaced') return;
    const { raft } = this.host;
    const outdated = reception.attempt.term !== raft.term;
    if (outdated || raft.commitIndex >= reception.point.index) this.abort();
  }

  private abort(): void {
    this.reception?.abort();
    this.reception = null;
  }
}
