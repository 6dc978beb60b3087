import type { NodeId } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { clusterIdsDiffer, type PeerIdentity } from '../identity/peer-identity.js';
import type { Channel } from '../peer-status.js';
import {
  parseAcceptance,
  parseChallenge,
  PROTOCOL_VERSION,
  refusal,
  type Challenge,
  type Hello,
  type Proof,
  type Refusal,
} from './handshake-message.js';
import { proofsEqual, secretProof } from './secret-proof.js';

export interface HandshakeInitiatorOptions {
  readonly channel: Channel;
  readonly identity: PeerIdentity;
  /** The peer that was dialled. */
  readonly to: NodeId;
  readonly secret: string | undefined;
  /** Random, used once. */
  readonly nonce: Uint8Array;
}

/** The handshake as the node sees it that has opened the connection. Pure. */
export class HandshakeInitiator {
  readonly hello: Hello;
  readonly #secret: string | undefined;
  #challenge: Challenge | undefined;

  constructor({ secret, ...hello }: HandshakeInitiatorOptions) {
    this.hello = { protocol: PROTOCOL_VERSION, ...hello };
    this.#secret = secret;
  }

  /** Takes the answer to `hello`; gives what to answer, or why not to go on. */
  onChallenge(value: unknown): { readonly kind: 'prove'; readonly proof: Proof } | Refusal {
    invariant(this.#challenge === undefined, 'HandshakeInitiator: one challenge');
    const challenge = parseChallenge(value);
    if (challenge === undefined) return refusal('What answered does not speak this protocol.');
    if (challenge.kind === 'refused') return challenge;
    const reason = this.#objection(challenge);
    if (reason !== undefined) return refusal(reason);
    this.#challenge = challenge;
    const proof =
      this.#secret === undefined
        ? null
        : secretProof(this.#secret, 'initiator', this.hello, challenge);
    return { kind: 'prove', proof: { proof } };
  }

  /** Takes the answer to the proof. */
  onAcceptance(value: unknown): { kind: 'accepted'; identity: PeerIdentity } | Refusal {
    const challenge = this.#challenge;
    invariant(challenge !== undefined, 'HandshakeInitiator: the challenge comes first');
    const acceptance = parseAcceptance(value);
    if (acceptance === undefined) return refusal('What answered does not speak this protocol.');
    if (acceptance.kind === 'refused') return acceptance;
    if (this.#secret !== undefined) {
      const expected = secretProof(this.#secret, 'responder', this.hello, challenge);
      if (!proofsEqual(acceptance.proof, expected)) {
        return refusal(`${challenge.identity.nodeId} did not prove that it knows PEER_SECRET.`);
      }
    }
    return { kind: 'accepted', identity: challenge.identity };
  }

  #objection({ identity, secret }: Challenge): string | undefined {
    const { to, identity: own } = this.hello;
    if (identity.nodeId === own.nodeId) return `The address of ${to} leads back to this node.`;
    if (identity.nodeId !== to) return `The address of ${to} leads to ${identity.nodeId}.`;
    if (clusterIdsDiffer(own.clusterId, identity.clusterId)) {
      return `${to} belongs to cluster ${identity.clusterId}, this node to ${own.clusterId}.`;
    }
    if (secret && this.#secret === undefined) {
      return `${to} has a PEER_SECRET and this node has none.`;
    }
    if (!secret && this.#secret !== undefined) {
      return `${to} has no PEER_SECRET and this node has one.`;
    }
    return undefined;
  }
}
