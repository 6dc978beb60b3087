import { invariant } from '@sinkron/invariant';
import { clusterIdsDiffer, type PeerIdentity } from '../identity/peer-identity.js';
import type { Channel } from '../peer-status.js';
import {
  parseHello,
  parseProof,
  PROTOCOL_VERSION,
  refusal,
  type Acceptance,
  type Challenge,
  type Hello,
  type Refusal,
} from './handshake-message.js';
import { proofsEqual, secretProof } from './secret-proof.js';

export interface HandshakeResponderOptions {
  readonly identity: PeerIdentity;
  readonly secret: string | undefined;
  /** Random, used once. */
  readonly nonce: Uint8Array;
  /** Whether a node may connect on a channel: a peer on both, a guest on `bulk`. */
  readonly admits: (identity: PeerIdentity, channel: Channel) => boolean;
}

/**
 * The handshake as the node sees it that was called. Pure. The caller proves first: a stranger
 * gets nothing to try secrets on.
 */
export class HandshakeResponder {
  readonly #options: HandshakeResponderOptions;
  #hello: Hello | undefined;
  #challenge: Challenge | undefined;

  constructor(options: HandshakeResponderOptions) {
    this.#options = options;
  }

  /** What the caller has said of itself; to be believed once `onProof` has accepted. */
  get hello(): Hello {
    invariant(this.#hello !== undefined, 'HandshakeResponder: the hello comes first');
    return this.#hello;
  }

  onHello(value: unknown): Challenge | Refusal {
    invariant(this.#hello === undefined, 'HandshakeResponder: one hello');
    const hello = parseHello(value);
    if (hello === undefined) return refusal('The hello is malformed.');
    const reason = this.#objection(hello);
    if (reason !== undefined) return refusal(reason);
    const { identity, nonce, secret } = this.#options;
    this.#hello = hello;
    this.#challenge = { kind: 'challenge', identity, nonce, secret: secret !== undefined };
    return this.#challenge;
  }

  onProof(value: unknown): Acceptance | Refusal {
    const challenge = this.#challenge;
    invariant(challenge !== undefined, 'HandshakeResponder: the challenge comes first');
    const proof = parseProof(value);
    if (proof === undefined) return refusal('The proof is malformed.');
    const { secret, identity } = this.#options;
    if (secret === undefined) return { kind: 'accepted', proof: null };
    if (!proofsEqual(proof.proof, secretProof(secret, 'initiator', this.hello, challenge))) {
      return refusal(`PEER_SECRET is not the same on ${identity.nodeId} and the node that called.`);
    }
    return {
      kind: 'accepted',
      proof: secretProof(secret, 'responder', this.hello, challenge),
    };
  }

  #objection({ protocol, channel, to, identity }: Hello): string | undefined {
    const { identity: own, admits } = this.#options;
    if (protocol !== PROTOCOL_VERSION) {
      return `${own.nodeId} speaks protocol version ${PROTOCOL_VERSION}, not ${protocol}.`;
    }
    if (identity.nodeId === own.nodeId) return `${own.nodeId} was called by its own name.`;
    if (to !== own.nodeId) return `The address of ${to} leads to ${own.nodeId}.`;
    if (!admits(identity, channel)) {
      return `${own.nodeId} does not know a peer ${identity.nodeId}: it is no member, PEERS differs, or another process has this name.`;
    }
    if (clusterIdsDiffer(own.clusterId, identity.clusterId)) {
      return `${own.nodeId} belongs to cluster ${own.clusterId}, ${identity.nodeId} to ${identity.clusterId}.`;
    }
    return undefined;
  }
}
