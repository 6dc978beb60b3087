import { createHmac, timingSafeEqual } from 'node:crypto';
import type { PeerIdentity } from '../identity/peer-identity.js';
import type { Challenge, Hello } from './handshake-message.js';

/** Which side proves: a proof must not be good for the other one (reflection). */
export type Prover = 'initiator' | 'responder';

/**
 * HMAC-SHA256 with the shared secret over everything both sides have said: the version, the
 * channel, both nonces and both identities, so that nothing of it can be exchanged under way.
 */
export function secretProof(
  secret: string,
  prover: Prover,
  hello: Hello,
  challenge: Challenge,
): Uint8Array {
  const transcript = [
    'sinkron peer handshake',
    prover,
    hello.protocol,
    hello.channel,
    hello.to,
    hex(hello.nonce),
    hex(challenge.nonce),
    fields(hello.identity),
    fields(challenge.identity),
  ];
  return createHmac('sha256', secret).update(JSON.stringify(transcript)).digest();
}

/** Compares in a time that does not depend on where two proofs differ. */
export function proofsEqual(left: Uint8Array | null, right: Uint8Array): boolean {
  return left !== null && left.length === right.length && timingSafeEqual(left, right);
}

function fields(identity: PeerIdentity): readonly unknown[] {
  const { nodeId, incarnation, diskId, httpUrl, roles, clusterId } = identity;
  return [nodeId, incarnation, diskId, httpUrl, roles, clusterId];
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
