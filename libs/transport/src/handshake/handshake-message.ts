import { IDENTIFIER_LENGTH_MAX, NONCE_BYTES, REFUSAL_LENGTH_MAX } from '../limits.js';
import { parsePeerIdentity, type PeerIdentity } from '../identity/peer-identity.js';
import type { Channel } from '../peer-status.js';
import { isCount, isRecord, isText } from '../wire/wire-value.js';

/** Raised with every change of frames, handshake or patterns that an older node cannot read. */
export const PROTOCOL_VERSION = 2;

/** First, from the node that has opened the connection. */
export interface Hello {
  readonly protocol: number;
  readonly channel: Channel;
  readonly identity: PeerIdentity;
  /** Node id of the peer it means to reach. */
  readonly to: string;
  readonly nonce: Uint8Array;
}

/** The answer to a `Hello`. */
export interface Challenge {
  readonly kind: 'challenge';
  readonly identity: PeerIdentity;
  readonly nonce: Uint8Array;
  /** Whether this node has a secret, so that the other must prove that it knows it. */
  readonly secret: boolean;
}

/** Third, from the node that has opened the connection; null where there is no secret. */
export interface Proof {
  readonly proof: Uint8Array | null;
}

/** The answer to a `Proof`, with the proof of the other side. */
export interface Acceptance extends Proof {
  readonly kind: 'accepted';
}

/** The end of a handshake, from the node that was called; the connection is closed after it. */
export interface Refusal {
  readonly kind: 'refused';
  /** A sentence for the operator. */
  readonly reason: string;
}

export function refusal(reason: string): Refusal {
  return { kind: 'refused', reason };
}

/** @returns undefined when `value` is no `Hello` of any protocol version. */
export function parseHello(value: unknown): Hello | undefined {
  if (!isRecord(value)) return undefined;
  const { protocol, channel, to, nonce } = value;
  const identity = parsePeerIdentity(value['identity']);
  if (identity === undefined || !isCount(protocol) || !isNonce(nonce)) return undefined;
  if (channel !== 'raft' && channel !== 'bulk') return undefined;
  if (!isText(to, IDENTIFIER_LENGTH_MAX)) return undefined;
  return { protocol, channel, identity, to, nonce };
}

/** @returns undefined when `value` answers no `Hello`. */
export function parseChallenge(value: unknown): Challenge | Refusal | undefined {
  if (!isRecord(value)) return undefined;
  if (value['kind'] === 'refused') return parseRefusal(value);
  const { kind, nonce, secret } = value;
  const identity = parsePeerIdentity(value['identity']);
  if (kind !== 'challenge' || identity === undefined || !isNonce(nonce)) return undefined;
  if (typeof secret !== 'boolean') return undefined;
  return { kind, identity, nonce, secret };
}

/** @returns undefined when `value` is no `Proof`. */
export function parseProof(value: unknown): Proof | undefined {
  if (!isRecord(value)) return undefined;
  const { proof } = value;
  return proof === null || proof instanceof Uint8Array ? { proof } : undefined;
}

/** @returns undefined when `value` answers no `Proof`. */
export function parseAcceptance(value: unknown): Acceptance | Refusal | undefined {
  if (!isRecord(value)) return undefined;
  if (value['kind'] === 'refused') return parseRefusal(value);
  const proof = parseProof(value);
  return value['kind'] === 'accepted' && proof !== undefined
    ? { kind: 'accepted', ...proof }
    : undefined;
}

function parseRefusal(value: Readonly<Record<string, unknown>>): Refusal | undefined {
  const { reason } = value;
  return isText(reason, REFUSAL_LENGTH_MAX) ? refusal(reason) : undefined;
}

function isNonce(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === NONCE_BYTES;
}
