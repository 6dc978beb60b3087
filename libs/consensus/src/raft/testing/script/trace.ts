import type { RaftWrite } from '../../core/durable-state.js';
import type { Entry } from '../../core/entry.js';
import type { ReadReady } from '../../core/lease/read-queue.js';
import type { OutgoingMessage } from '../../core/outbox.js';
import type { ClusterObserver, Member } from '../cluster.js';
import { entryText, messageText, writeText } from './trace-text.js';

interface State {
  readonly role: string;
  readonly term: number;
  readonly vote: string | null;
  readonly leader: string | null;
  readonly commit: number;
}

/** Writes down what each input does to a replica: first its state, then what it wants done. */
export class Trace implements ClusterObserver {
  private lines: string[] = [];
  private effects: string[] = [];
  private states: State | null = null;
  /** Whether messages and writes are left out: the short form. */
  quiet = false;

  note(line: string): void {
    this.lines.push(line);
  }

  take(): readonly string[] {
    const taken = this.lines;
    this.lines = [];
    return taken;
  }

  before(member: Member): void {
    this.states = stateOf(member);
  }

  after(member: Member): void {
    const { id } = member;
    const now = stateOf(member);
    const was = this.states ?? now;
    if (now.role !== was.role) this.tell(`${id} becomes ${now.role}`);
    if (now.term !== was.term) this.tell(`${id} enters term ${now.term}`);
    if (now.vote !== was.vote && now.vote !== null) this.tell(`${id} votes for ${now.vote}`);
    if (now.leader !== was.leader && now.leader !== null && now.leader !== id) {
      this.tell(`${id} follows ${now.leader}`);
    }
    if (now.commit !== was.commit) this.tell(`${id} commits ${now.commit}`);
    for (const effect of this.effects) this.tell(effect);
    this.effects = [];
  }

  wrote(member: Member, write: RaftWrite): void {
    if (!this.quiet) this.effects.push(`${member.id} writes #${write.id}: ${writeText(write)}`);
  }

  made(member: Member, { message, after }: OutgoingMessage): void {
    if (this.quiet) return;
    const held = after > member.durable ? `, after #${after}` : '';
    this.effects.push(`${message.from} -> ${message.to} ${messageText(message)}${held}`);
  }

  applied(member: Member, entry: Entry): void {
    this.effects.push(`${member.id} applies ${entryText(entry)}`);
  }

  installed({ id, state }: Member): void {
    this.effects.push(`${id} installs the snapshot to ${state.appliedIndex}`);
  }

  readConfirmed(member: Member, read: ReadReady): void {
    this.effects.push(`${member.id} confirms read ${read.id} at ${read.readIndex}`);
  }

  readLost(member: Member, id: number): void {
    this.effects.push(`${member.id} loses read ${id}`);
  }

  private tell(line: string): void {
    this.lines.push(`  ${line}`);
  }
}

function stateOf({ replica: { raft } }: Member): State {
  return {
    role: raft.roleName,
    term: raft.term,
    vote: raft.votedFor,
    leader: raft.leader,
    commit: raft.commitIndex,
  };
}
