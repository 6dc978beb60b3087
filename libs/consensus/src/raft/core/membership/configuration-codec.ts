import { decode, encode, MalformedError, TupleReader } from '../../../codec/tuple.js';
import { replicaId, type ReplicaId } from '../identifiers.js';
import type { Configuration } from './configuration.js';

/** The data of a configuration entry, and the record that a group keeps of its members. */
export function encodeConfiguration(members: Configuration): Uint8Array {
  const { voters, outgoingVoters, learners } = members;
  // A copy: what was encoded is a view of a larger buffer, which the log would keep alive.
  return new Uint8Array(encode([voters, outgoingVoters, learners]));
}

/** @throws MalformedError for anything that `encodeConfiguration` does not produce. */
export function decodeConfiguration(data: Uint8Array): Configuration {
  // A copy: the decoder leaves a view behind on what it reads, and entries never change.
  const reader = new TupleReader(decode(data.slice()));
  const voters = readReplicas(reader);
  const outgoingVoters = readReplicas(reader);
  const learners = readReplicas(reader);
  if (voters.length === 0 && outgoingVoters.length + learners.length > 0) {
    throw new MalformedError('members without a voter');
  }
  if (voters.some((voter) => learners.includes(voter))) {
    throw new MalformedError('a voter that is a learner');
  }
  return { voters, outgoingVoters, learners };
}

function readReplicas(reader: TupleReader): readonly ReplicaId[] {
  const names = reader.list().map((name) => {
    if (typeof name !== 'string' || name === '') throw new MalformedError('not a replica');
    return replicaId(name);
  });
  if (new Set(names).size < names.length) throw new MalformedError('a replica named twice');
  return names;
}
