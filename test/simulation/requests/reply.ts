import { decode, encode, readOutcome, TupleReader, type CommandOutcome } from '@sinkron/consensus';
import { Violation } from '../world/violation.js';

/** What a node answers for its replica, as the production router's replies. */
export type Reply =
  | { readonly kind: 'outcome'; readonly outcome: CommandOutcome }
  | { readonly kind: 'lost' }
  | { readonly kind: 'refused'; readonly reason: string; readonly leader: string | null }
  | {
      readonly kind: 'result';
      readonly result: unknown;
      /** The replica's applied index as it read, for the checks. */
      readonly appliedIndex: number;
    };

export function replyTuple(reply: Reply): readonly unknown[] {
  switch (reply.kind) {
    case 'outcome':
      return [reply.kind, reply.outcome];
    case 'lost':
      return [reply.kind];
    case 'refused':
      return [reply.kind, reply.reason, reply.leader];
    case 'result':
      return [reply.kind, reply.result, reply.appliedIndex];
  }
}

export function readReply(value: unknown): Reply {
  const reader = new TupleReader(value);
  const kind = reader.text();
  switch (kind) {
    case 'outcome':
      return { kind, outcome: readOutcome(reader.any()) };
    case 'lost':
      return { kind };
    case 'refused':
      return { kind, reason: reader.text(), leader: reader.textOrNull() };
    case 'result':
      return { kind, result: reader.any(), appliedIndex: reader.natural() };
    default:
      throw new Violation('replies have a known kind', { kind });
  }
}

/** A reply that did not cross the network shares nothing with its sender either. */
export function copiedReply(reply: Reply): Reply {
  return readReply(decode(encode(replyTuple(reply))));
}
