import { invariant } from '@sinkron/invariant';
import { MalformedError } from '../../codec/tuple.js';
import type { WriteId } from '../core/identifiers.js';
import type { Message } from '../core/message.js';
import type { OutgoingMessage } from '../core/outbox.js';
import type { GroupDriver } from './group-driver.js';
import { SNAPSHOT_STREAMS_MAX } from './limits.js';
import { decodeMessage, encodeMessage, entryKindNumber } from './message-codec.js';
import type { Clock, GroupWrite, LogPort, MessagePort, Scheduler, NoticePort } from './ports.js';
import { nodeOf } from './replica-id.js';

interface Member {
  readonly driver: GroupDriver;
  /** Messages that wait for a write, in the order in which the core made them. */
  held: OutgoingMessage[];
  durable: WriteId | 0;
}

/**
 * All groups of a node over one log: every turn, the groups that have something to do do it, what
 * they must remember goes into one transaction with one flush, and what they say leaves when the
 * flush it depends on has returned. While a flush runs, the next batch gathers (group commit).
 */
export class RaftNode {
  private readonly members = new Map<string, Member>();
  private readonly awake = new Set<Member>();
  /** Ran since the last batch was handed to the disk. */
  private readonly unwritten = new Set<Member>();
  private writing = false;
  /** Whose writes are being flushed. */
  private beingWritten: readonly Member[] = [];
  /** The last replica of each group that was removed. */
  private readonly removed = new Map<string, Member>();

  constructor(
    private readonly clock: Clock,
    private readonly log: LogPort,
    private readonly messages: MessagePort,
    private readonly scheduler: Scheduler,
    private readonly notices: NoticePort,
  ) {}

  add(driver: GroupDriver): void {
    invariant(!this.members.has(driver.group), 'RaftNode: one replica a group', {
      group: driver.group,
    });
    this.members.set(driver.group, { driver, held: [], durable: 0 });
    driver.onDisk(() => this.wake(driver.group));
    this.wake(driver.group);
  }

  /** Ends a replica: what it wanted to say or to write, and has not handed over, is dropped. */
  remove(group: string): void {
    const member = this.members.get(group);
    if (member === undefined) return;
    this.members.delete(group);
    this.removed.set(group, member);
    this.awake.delete(member);
    this.unwritten.delete(member);
    member.held = [];
    member.driver.stop();
  }

  /**
   * Whether the disk is at work still for a replica of the group that was removed: what another one
   * found there now would not be what it holds in a moment.
   */
  isEnding(group: string): boolean {
    const member = this.removed.get(group);
    if (member === undefined) return false;
    if (this.beingWritten.includes(member) || member.driver.snapshots.replacing) return true;
    this.removed.delete(group);
    return false;
  }

  group(group: string): GroupDriver | undefined {
    return this.members.get(group)?.driver;
  }

  groups(): readonly GroupDriver[] {
    return [...this.members.values()].map((member) => member.driver);
  }

  /** Whether a replica of this node may campaign at the next tick. */
  get campaignsSoon(): boolean {
    for (const { driver } of this.members.values()) if (driver.raft.campaignsSoon) return true;
    return false;
  }

  /**
   * One heartbeat interval has passed; called once a turn, after the waiting messages were read.
   *
   * @param beat which interval, counted by the wall clock: see `QuietLeader`.
   */
  tick(beat: number): void {
    const instant = this.clock.now();
    let streamsLeft = SNAPSHOT_STREAMS_MAX;
    for (const { driver } of this.members.values()) streamsLeft -= driver.snapshots.streamCount;
    for (const member of this.members.values()) {
      const { snapshots } = member.driver;
      const before = snapshots.streamCount;
      if (member.driver.tick(instant, before + Math.max(0, streamsLeft), beat))
        this.awake.add(member);
      streamsLeft -= snapshots.streamCount - before;
    }
    if (this.awake.size > 0) this.scheduler.requestRun();
  }

  /**
   * A message from the node `from`.
   *
   * @throws MalformedError for bytes that are none, or speak for another node; nothing has changed.
   */
  receive(from: string, bytes: Uint8Array): void {
    const { group, message } = decodeMessage(bytes);
    if (nodeOf(message.from) !== from) {
      throw new MalformedError(`${from} speaks for the replica ${message.from}`);
    }
    const member = this.members.get(group);
    if (member === undefined) return;
    member.driver.raft.receive(message, this.clock.now());
    this.awake.add(member);
    this.scheduler.requestRun();
  }

  /** The group has new proposals or reads. */
  wake(group: string): void {
    const member = this.members.get(group);
    if (member === undefined) throw new MalformedError(`no group ${group} on this node`);
    this.awake.add(member);
    this.scheduler.requestRun();
  }

  /** Lets every group that has something to do do it. */
  run(): void {
    const instant = this.clock.now();
    const turn = [...this.awake];
    this.awake.clear();
    for (const member of turn) {
      const more = member.driver.run(instant, this.writing);
      // What it applied may have ended it: the disk is no longer its own.
      if (this.members.get(member.driver.group) !== member) continue;
      if (more) this.awake.add(member);
      for (const outgoing of member.driver.raft.takeMessages()) this.dispatch(member, outgoing);
      for (const { machine, notice } of member.driver.takeNotices()) {
        this.notices.notify(member.driver.group, machine, notice);
      }
      this.unwritten.add(member);
    }
    if (!this.writing) this.writeBatch();
    if (this.awake.size > 0) this.scheduler.requestRun();
  }

  private writeBatch(): void {
    const batch: GroupWrite[] = [];
    const written: { readonly member: Member; readonly id: WriteId }[] = [];
    for (const member of this.unwritten) {
      const write = member.driver.raft.takeWrite();
      if (write === null) continue;
      written.push({ member, id: write.id });
      batch.push({
        group: member.driver.group,
        ...(write.hardState === null ? {} : { hardState: write.hardState }),
        ...(write.truncateFrom === null ? {} : { truncateFrom: write.truncateFrom }),
        entries: write.entries.map(({ kind, ...entry }) => ({
          ...entry,
          kind: entryKindNumber(kind),
        })),
        ...(write.compactThrough === null ? {} : { compactThrough: write.compactThrough }),
      });
    }
    this.unwritten.clear();
    if (batch.length === 0) return;
    this.writing = true;
    this.beingWritten = written.map(({ member }) => member);
    this.log.write(batch, () => this.flushed(written));
  }

  private flushed(written: readonly { readonly member: Member; readonly id: WriteId }[]): void {
    this.writing = false;
    this.beingWritten = [];
    const instant = this.clock.now();
    for (const { member, id } of written) {
      if (this.members.get(member.driver.group) !== member) continue;
      member.durable = id;
      member.driver.raft.persisted(id, instant);
      const held = member.held;
      member.held = [];
      for (const outgoing of held) this.dispatch(member, outgoing);
      this.awake.add(member);
    }
    // What ran meanwhile may have gathered commands for the next write.
    for (const member of this.unwritten) this.awake.add(member);
    // At once: answers wait for this.
    this.run();
  }

  private dispatch(member: Member, outgoing: OutgoingMessage): void {
    if (outgoing.after > member.durable) {
      member.held.push(outgoing);
      return;
    }
    this.send(member, outgoing.message);
  }

  private send(member: Member, message: Message): void {
    const bulk = message.kind === 'snapshotRequest';
    this.messages.send(nodeOf(message.to), encodeMessage(member.driver.group, message), bulk);
  }
}
