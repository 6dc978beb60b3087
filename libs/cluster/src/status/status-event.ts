import {
  decode,
  encode,
  MalformedError,
  replicaId,
  TupleReader,
  type Configuration,
  type ReplicaId,
} from '@sinkron/consensus';
import type { LifeReport } from './core/life-signs.js';

/** What one node says of one group that it has a replica of. */
export interface GroupStatus {
  readonly id: string;
  readonly term: number;
  /** The node that leads it, as far as the replica knows. */
  readonly leader: string | null;
  readonly commitIndex: number;
  /** What the sender's own replica has applied. */
  readonly appliedIndex: number;
  /** The configuration that the sender's replica goes by, as replica ids (node and disk). */
  readonly members: Configuration;
}

/** What nodes tell each other again and again, as a hint: it may be lost, late or overtaken. */
export interface StatusEvent {
  readonly groups: readonly GroupStatus[];
  /** Whether these are all groups; if not, those that have changed since the beat before this one. */
  readonly complete: boolean;
  /** Of the cluster's committed list of members that the sender has; 0: none. */
  readonly membersVersion: number;
  /** When the sender last heard of whom. */
  readonly life: LifeReport;
}

/**
 * `[groups, membersVersion, heard, beat, echo, complete]`. A group is `[id, term, leader, commitIndex, appliedIndex,
 * voters, outgoingVoters, learners]`; `heard` is a list of `[nodeId, silenceMs]`; `beat` numbers the
 * sender's beats, and `echo` is null or `[beat, heldMs]` of the receiver's. Readers ignore further fields.
 */
export function encodeStatus({ groups, complete, membersVersion, life }: StatusEvent): Uint8Array {
  const { beat, echo, silences } = life;
  return encode([
    groups.map(({ id, term, leader, commitIndex, appliedIndex, members }) => {
      const { voters, outgoingVoters, learners } = members;
      return [id, term, leader, commitIndex, appliedIndex, voters, outgoingVoters, learners];
    }),
    membersVersion,
    silences.map(({ nodeId, silenceMs }) => [nodeId, silenceMs]),
    beat,
    echo === null ? null : [echo.beat, echo.heldMs],
    complete,
  ]);
}

/** @throws MalformedError */
export function decodeStatus(bytes: Uint8Array): StatusEvent {
  const reader = new TupleReader(decode(bytes));
  const groups = reader.list().map(readGroup);
  const membersVersion = reader.natural();
  const silences = reader.list().map((value) => {
    const silence = new TupleReader(value);
    return { nodeId: silence.text(), silenceMs: silence.natural() };
  });
  const beat = reader.natural();
  const echo = readEcho(reader.any());
  return { groups, complete: reader.flag(), membersVersion, life: { beat, echo, silences } };
}

function readGroup(value: unknown): GroupStatus {
  const reader = new TupleReader(value);
  return {
    id: reader.text(),
    term: reader.natural(),
    leader: reader.textOrNull(),
    commitIndex: reader.natural(),
    appliedIndex: reader.natural(),
    members: {
      voters: reader.list().map(readReplica),
      outgoingVoters: reader.list().map(readReplica),
      learners: reader.list().map(readReplica),
    },
  };
}

/** Checked here, for `nodeOf` takes it as given. */
function readReplica(value: unknown): ReplicaId {
  const name = new TupleReader([value]).text();
  if (name.indexOf('/') <= 0) throw new MalformedError('not the id of a replica');
  return replicaId(name);
}

function readEcho(value: unknown): LifeReport['echo'] {
  if (value === null) return null;
  const reader = new TupleReader(value);
  return { beat: reader.natural(), heldMs: reader.natural() };
}
