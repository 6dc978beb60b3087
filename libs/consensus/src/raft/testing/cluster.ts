import { invariant } from '@sinkron/invariant';
import type { RaftWrite } from '../core/durable-state.js';
import type { Entry } from '../core/entry.js';
import { logIndex, type WriteId } from '../core/identifiers.js';
import type { Configuration } from '../core/membership/configuration.js';
import type { ReadReady } from '../core/lease/read-queue.js';
import type { Message } from '../core/message.js';
import type { OutgoingMessage } from '../core/outbox.js';
import { GroupSnapshots } from '../driver/snapshot/group-snapshots.js';
import { MemberState } from './member-state.js';
import { Replica, type ReplicaSetup } from './replica.js';

/** A replica with what its driver keeps: messages that wait for the disk, and the applied state. */
export interface Member {
  readonly id: string;
  readonly replica: Replica;
  up: boolean;
  /** Messages whose write is not flushed yet, in the order in which they were made. */
  held: OutgoingMessage[];
  durable: WriteId | 0;
  readonly state: MemberState;
  snapshots: GroupSnapshots;
}

/** Snapshots that one replica sends at a time: fewer than there may be followers. */
const STREAMS_MAX = 2;

/** Told of all that happens, for traces and for checking invariants. */
export interface ClusterObserver {
  /** An input has been handled; `before` was called just before it. */
  before?(member: Member): void;
  after?(member: Member): void;
  wrote?(member: Member, write: RaftWrite): void;
  made?(member: Member, outgoing: OutgoingMessage): void;
  sent?(member: Member, message: Message): void;
  applied?(member: Member, entry: Entry): void;
  /** The state is that of a snapshot now. */
  installed?(member: Member): void;
  readConfirmed?(member: Member, read: ReadReady): void;
  readLost?(member: Member, id: number): void;
}

/** Whole replicas and the messages between them; what happens next is up to the caller. */
export class Cluster {
  readonly members = new Map<string, Member>();
  /** Sent and not yet delivered, oldest first. */
  inTransit: Message[] = [];

  /**
   * @param groupCommit whether a replica writes one batch at a time, so that what happens during
   *   a flush gathers in the next write; otherwise every input has a write of its own.
   * @param flushesState whether a state is on its disk as soon as it is applied.
   */
  constructor(
    private readonly observer: ClusterObserver = {},
    private readonly groupCommit = false,
    private readonly flushesState = true,
  ) {}

  add(setup: ReplicaSetup & { readonly id: string }): Member {
    const replica = new Replica(setup);
    const state = new MemberState(replica.disk.durableEntries.slice(0, setup.commitIndex ?? 0));
    const member: Member = {
      id: setup.id,
      replica,
      up: true,
      held: [],
      durable: 0,
      state,
      snapshots: this.snapshotsOf(replica, state),
    };
    this.members.set(setup.id, member);
    return member;
  }

  member(id: string): Member {
    const member = this.members.get(id);
    invariant(member !== undefined, 'Cluster: knows the member', { id });
    return member;
  }

  pass(elapsedMs: number): void {
    for (const { replica } of this.members.values()) replica.pass(elapsedMs);
  }

  /** One input to one replica, and what its driver does about it. */
  input(id: string, act: (replica: Replica) => void): void {
    const member = this.member(id);
    invariant(member.up, 'Cluster: the replica runs', { id });
    this.observer.before?.(member);
    act(member.replica);
    this.drive(member);
    this.observer.after?.(member);
  }

  /** One heartbeat interval has passed for the replica. */
  tick(id: string): void {
    const { snapshots } = this.member(id);
    this.input(id, ({ raft, instant }) => {
      raft.tick(instant);
      snapshots.tick(STREAMS_MAX);
    });
  }

  /** The state's disk ends an installation, if there is one. */
  finishInstall(id: string): boolean {
    const member = this.member(id);
    let finished = false;
    if (!member.up) return finished;
    this.input(id, () => {
      finished = member.state.finishInstall();
      if (finished) this.observer.installed?.(member);
    });
    return finished;
  }

  deliver(message: Message): void {
    if (!this.member(message.to).up) return;
    this.input(message.to, (replica) => replica.receive(message));
  }

  /** Flushes the oldest `count` writes of a replica. @returns the id of the last. */
  persist(id: string, count?: number): WriteId | null {
    const member = this.member(id);
    let flushed: WriteId | null = null;
    if (!member.up || member.replica.disk.pendingCount === 0) return flushed;
    this.input(id, (replica) => {
      flushed = replica.flush(count);
      member.durable = flushed ?? member.durable;
      const { held } = member;
      member.held = [];
      for (const outgoing of held) this.dispatch(member, outgoing);
    });
    return flushed;
  }

  /** @param kept how many applied entries survive; by default those that are flushed. */
  crash(id: string, kept = 0): void {
    const member = this.member(id);
    member.state.crash(kept);
    member.up = false;
    member.held = [];
    member.durable = 0;
    member.replica.disk.crash();
  }

  restart(id: string): void {
    const member = this.member(id);
    invariant(!member.up, 'Cluster: only what has crashed restarts', { id });
    member.up = true;
    const { state, replica } = member;
    replica.restart(state.appliedIndex, state.installed, state.members(replica.founders));
    member.snapshots = this.snapshotsOf(replica, state);
    this.drive(member);
  }

  private snapshotsOf({ raft, founders }: Replica, state: MemberState): GroupSnapshots {
    const members = (): Configuration => state.members(founders);
    // Whatever the disk does is an input of its own here: nobody has to be woken.
    const nothing = (): void => {};
    const listeners = { replaced: nothing, wake: nothing, troubled: nothing };
    return new GroupSnapshots({ raft, state, members, ...listeners });
  }

  private drive(member: Member): void {
    while (member.snapshots.run(member.replica.instant));
    const { disk } = member.replica;
    const gathers = this.groupCommit && disk.pendingCount > 0;
    const { messages, write } = member.replica.output(gathers ? 'gather' : 'write');
    if (write !== null) this.observer.wrote?.(member, write);
    for (const outgoing of messages) {
      this.observer.made?.(member, outgoing);
      this.dispatch(member, outgoing);
    }
    this.apply(member);
    const { confirmed, lost } = member.replica.raft.takeReads();
    for (const read of confirmed) this.observer.readConfirmed?.(member, read);
    for (const id of lost) this.observer.readLost?.(member, id);
  }

  private dispatch(member: Member, outgoing: OutgoingMessage): void {
    if (outgoing.after > member.durable) {
      member.held.push(outgoing);
      return;
    }
    this.observer.sent?.(member, outgoing.message);
    this.inTransit.push(outgoing.message);
  }

  private apply(member: Member): void {
    const { state, snapshots } = member;
    const { raft } = member.replica;
    while (!snapshots.replacing && state.appliedIndex < raft.applicableIndex) {
      const from = logIndex(state.appliedIndex + 1);
      const end = logIndex(raft.applicableIndex + 1);
      for (const entry of raft.entries(from, end, Number.POSITIVE_INFINITY)) {
        state.apply(entry);
        this.observer.applied?.(member, entry);
      }
    }
    if (this.flushesState) state.flush();
  }
}
