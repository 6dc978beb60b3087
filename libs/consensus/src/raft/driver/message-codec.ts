import { unreachable } from '@sinkron/invariant';
import { decode, encode, MalformedError, TupleReader } from '../../codec/tuple.js';
import type { Entry, EntryKind } from '../core/entry.js';
import {
  logIndex,
  replicaId,
  term,
  type LogIndex,
  type ReplicaId,
  type Term,
} from '../core/identifiers.js';
import { decodeConfiguration } from '../core/membership/configuration-codec.js';
import { replicasOf } from '../core/membership/configuration.js';
import type { AppendOutcome, Message, SnapshotOutcome, SnapshotRequest } from '../core/message.js';
import { POSITION_MAX } from './limits.js';
import { isReplica } from './replica-id.js';

/** Positions are the wire format: append, never reorder; the handshake guards the version. */
const KINDS: readonly Message['kind'][] = [
  'preVoteRequest',
  'preVoteResponse',
  'voteRequest',
  'voteResponse',
  'appendRequest',
  'appendResponse',
  'heartbeatRequest',
  'heartbeatResponse',
  'snapshotRequest',
  'snapshotResponse',
  'timeoutNowRequest',
];
const KIND_NUMBERS = new Map(KINDS.map((kind, number) => [kind, number]));

/** Positions are the format of wire and disk: append, never reorder. */
const ENTRY_KINDS: readonly EntryKind[] = ['noop', 'commands', 'configuration'];

export function entryKindNumber(kind: EntryKind): number {
  return ENTRY_KINDS.indexOf(kind);
}

/** @throws MalformedError for a number that no entry kind has. */
export function entryKind(number: number): EntryKind {
  const kind = ENTRY_KINDS[number];
  if (kind === undefined) throw new MalformedError(`no entry kind ${number}`);
  return kind;
}

/** One Raft message of one group, as it crosses the network. */
export function encodeMessage(group: string, message: Message): Uint8Array {
  const { kind, from, to, term: messageTerm } = message;
  return encode([group, KIND_NUMBERS.get(kind), from, to, messageTerm, ...bodyOf(message)]);
}

/** @throws MalformedError for anything that `encodeMessage` does not produce. */
export function decodeMessage(bytes: Uint8Array): { group: string; message: Message } {
  const reader = new TupleReader(decode(bytes));
  const group = reader.text();
  const kind = KINDS[reader.natural()];
  const header = {
    from: readReplica(reader),
    to: readReplica(reader),
    term: readTerm(reader),
  };
  if (kind === undefined) throw new MalformedError('no such message kind');
  return { group, message: readBody(kind, header, reader) };
}

/** Who is answered has to be a node: an answer to anybody else could not be sent. */
function readReplica(reader: TupleReader): ReplicaId {
  const name = reader.text();
  if (!isReplica(name)) throw new MalformedError('no replica has such a name');
  return replicaId(name);
}

function readTerm(reader: TupleReader): Term {
  return term(readPosition(reader));
}

function readIndex(reader: TupleReader): LogIndex {
  return logIndex(readPosition(reader));
}

/** What could not be written, nor counted on from, must not get into the state of a replica. */
function readPosition(reader: TupleReader): number {
  const position = reader.natural();
  if (position > POSITION_MAX) throw new MalformedError('a term or index that none ever reaches');
  return position;
}

function bodyOf(message: Message): readonly unknown[] {
  switch (message.kind) {
    case 'preVoteRequest':
      return [message.lastLogIndex, message.lastLogTerm];
    case 'voteRequest':
      return [message.lastLogIndex, message.lastLogTerm, message.transfer];
    case 'preVoteResponse':
    case 'voteResponse':
      return [message.wallMs, message.granted];
    case 'appendRequest': {
      const { prevLogIndex, prevLogTerm, leaderCommit, round, entries } = message;
      return [prevLogIndex, prevLogTerm, leaderCommit, round, entries.map(entryTuple)];
    }
    case 'appendResponse':
      return [message.wallMs, message.round, ...outcomeFields(message.outcome)];
    case 'heartbeatRequest':
      return [message.round, message.leaderCommit];
    case 'heartbeatResponse':
      return [message.wallMs, message.round];
    case 'snapshotRequest': {
      const { point, stream, sequence, data, done } = message;
      return [point.index, point.term, point.timeMs, stream, sequence, data, done];
    }
    case 'snapshotResponse':
      return [message.wallMs, message.stream, ...snapshotFields(message.outcome)];
    case 'timeoutNowRequest':
      return [];
    default:
      return unreachable(message);
  }
}

type Header = Pick<Message, 'from' | 'to' | 'term'>;

function readBody(kind: Message['kind'], header: Header, reader: TupleReader): Message {
  switch (kind) {
    case 'preVoteRequest': {
      const lastLogIndex = readIndex(reader);
      return { kind, ...header, lastLogIndex, lastLogTerm: readTerm(reader) };
    }
    case 'voteRequest': {
      const lastLogIndex = readIndex(reader);
      const lastLogTerm = readTerm(reader);
      return { kind, ...header, lastLogIndex, lastLogTerm, transfer: reader.flag() };
    }
    case 'preVoteResponse':
    case 'voteResponse':
      return { kind, ...header, wallMs: reader.integer(), granted: reader.flag() };
    case 'appendRequest': {
      const prevLogIndex = readIndex(reader);
      const prevLogTerm = readTerm(reader);
      const leaderCommit = readIndex(reader);
      const round = reader.natural();
      const entries = reader.list().map(readEntry);
      entries.forEach((entry, offset) => {
        if (entry.index !== prevLogIndex + 1 + offset) throw new MalformedError('a gap in entries');
      });
      return { kind, ...header, prevLogIndex, prevLogTerm, leaderCommit, round, entries };
    }
    case 'appendResponse': {
      const wallMs = reader.integer();
      const round = reader.natural();
      return { kind, ...header, wallMs, round, outcome: readOutcome(reader) };
    }
    case 'heartbeatRequest': {
      const round = reader.natural();
      return { kind, ...header, round, leaderCommit: readIndex(reader) };
    }
    case 'heartbeatResponse':
      return { kind, ...header, wallMs: reader.integer(), round: reader.natural() };
    case 'snapshotRequest':
      return { kind, ...header, ...readSnapshotPart(reader) };
    case 'snapshotResponse': {
      const wallMs = reader.integer();
      const stream = reader.natural();
      return { kind, ...header, wallMs, stream, outcome: readSnapshotOutcome(reader) };
    }
    case 'timeoutNowRequest':
      return { kind, ...header };
    default:
      return unreachable(kind);
  }
}

function readSnapshotPart(
  reader: TupleReader,
): Pick<SnapshotRequest, 'point' | 'stream' | 'sequence' | 'data' | 'done'> {
  const index = readIndex(reader);
  const point = { index, term: readTerm(reader), timeMs: reader.natural() };
  const stream = reader.natural();
  const sequence = reader.natural();
  // A copy, for it waits until it is staged (see `readEntry`).
  return { point, stream, sequence, data: new Uint8Array(reader.bytes()), done: reader.flag() };
}

function snapshotFields(outcome: SnapshotOutcome): readonly unknown[] {
  return outcome.kind === 'held' ? [true, outcome.matchIndex] : [false, outcome.sequence];
}

function readSnapshotOutcome(reader: TupleReader): SnapshotOutcome {
  if (reader.flag()) return { kind: 'held', matchIndex: readIndex(reader) };
  return { kind: 'wants', sequence: reader.natural() };
}

function entryTuple(entry: Entry): readonly unknown[] {
  return [entry.term, entry.index, entryKindNumber(entry.kind), entry.timeMs, entry.data];
}

function readEntry(value: unknown): Entry {
  const reader = new TupleReader(value);
  const entry: Entry = {
    term: readTerm(reader),
    index: readIndex(reader),
    kind: entryKind(reader.natural()),
    timeMs: reader.natural(),
    // A copy: what was received is a view of a larger buffer, which the log would keep alive.
    data: new Uint8Array(reader.bytes()),
  };
  if (entry.kind === 'configuration') checkMembers(entry.data);
  return entry;
}

/** Before the log has them: everybody named there will be sent messages. */
function checkMembers(data: Uint8Array): void {
  const members = decodeConfiguration(data);
  if (!replicasOf(members).every(isReplica)) throw new MalformedError('no replica has such a name');
  if (members.voters.length === 0) throw new MalformedError('a group without voters');
}

function outcomeFields(outcome: AppendOutcome): readonly unknown[] {
  if (outcome.accepted) return [true, outcome.matchIndex];
  return [false, outcome.rejectedIndex, outcome.hintIndex, outcome.hintTerm];
}

function readOutcome(reader: TupleReader): AppendOutcome {
  if (reader.flag()) return { accepted: true, matchIndex: readIndex(reader) };
  return {
    accepted: false,
    rejectedIndex: readIndex(reader),
    hintIndex: readIndex(reader),
    hintTerm: readTerm(reader),
  };
}
