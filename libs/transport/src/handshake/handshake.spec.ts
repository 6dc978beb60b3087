import { nodeId } from '@sinkron/config';
import type { PeerIdentity } from '../identity/peer-identity.js';
import { NONCE_BYTES } from '../limits.js';
import { HandshakeInitiator } from './handshake-initiator.js';
import type { Acceptance, Challenge, Hello, Proof, Refusal } from './handshake-message.js';
import { HandshakeResponder } from './handshake-responder.js';

interface Side {
  readonly secret?: string;
  readonly clusterId?: string;
}

/** Changes what one side says on its way to the other, as a man in the middle would. */
interface Interference {
  readonly hello?: (hello: Hello) => unknown;
  readonly challenge?: (challenge: Challenge | Refusal) => unknown;
  readonly proof?: (proof: Proof) => unknown;
  readonly acceptance?: (acceptance: Acceptance | Refusal) => unknown;
}

const SECRET = 'a secret of the test';

function identity(name: string, clusterId: string | null = null): PeerIdentity {
  const incarnation = Buffer.alloc(16, name).toString('hex');
  return {
    nodeId: nodeId(name),
    incarnation,
    diskId: `disk of ${name}`,
    httpUrl: `http://${name}:8001`,
    roles: ['locks'],
    clusterId,
  };
}

function shakeHands(first: Side, second: Side, change: Interference = {}): unknown {
  const initiator = new HandshakeInitiator({
    channel: 'raft',
    identity: identity('node1', first.clusterId),
    to: nodeId('node2'),
    secret: first.secret,
    nonce: Buffer.alloc(NONCE_BYTES, 1),
  });
  const responder = new HandshakeResponder({
    identity: identity('node2', second.clusterId),
    secret: second.secret,
    nonce: Buffer.alloc(NONCE_BYTES, 2),
    admits: (caller) => caller.nodeId !== nodeId('stranger'),
  });
  const { hello } = initiator;
  const challenge = responder.onHello(change.hello?.(hello) ?? hello);
  const answer = initiator.onChallenge(change.challenge?.(challenge) ?? challenge);
  if (answer.kind === 'refused') return answer.reason;
  const acceptance = responder.onProof(change.proof?.(answer.proof) ?? answer.proof);
  const verdict = initiator.onAcceptance(change.acceptance?.(acceptance) ?? acceptance);
  return verdict.kind === 'refused' ? verdict.reason : verdict.identity;
}

const both: readonly [Side, Side] = [{ secret: SECRET }, { secret: SECRET }];
const notTheSame = 'PEER_SECRET is not the same on node2 and the node that called.';
const notProved = 'node2 did not prove that it knows PEER_SECRET.';
const noProtocol = 'What answered does not speak this protocol.';

describe('handshake', () => {
  it('tells who the peer is', () => {
    expect(shakeHands({}, {})).toEqual(identity('node2'));
    expect(shakeHands(...both)).toEqual(identity('node2'));
    expect(shakeHands({ clusterId: 'a' }, {})).toEqual(identity('node2'));
    expect(shakeHands({}, { clusterId: 'a' })).toEqual(identity('node2', 'a'));
    expect(shakeHands({ clusterId: 'a' }, { clusterId: 'a' })).toEqual(identity('node2', 'a'));
  });

  it('refuses another cluster on either side', () => {
    expect(shakeHands({ clusterId: 'a' }, { clusterId: 'b' })).toBe(
      'node2 belongs to cluster b, node1 to a.',
    );
    const hello = (said: Hello): Hello => ({ ...said, identity: identity('node1') });
    expect(shakeHands({ clusterId: 'a' }, { clusterId: 'b' }, { hello })).toBe(
      'node2 belongs to cluster b, this node to a.',
    );
  });

  it('refuses where the secret differs or is on one side only', () => {
    expect(shakeHands({ secret: SECRET }, { secret: `${SECRET}.` })).toBe(notTheSame);
    expect(shakeHands({}, { secret: SECRET })).toBe(
      'node2 has a PEER_SECRET and this node has none.',
    );
    expect(shakeHands({ secret: SECRET }, {})).toBe(
      'node2 has no PEER_SECRET and this node has one.',
    );
  });

  it('refuses another version, an unknown node, and a call to someone else', () => {
    expect(shakeHands({}, {}, { hello: (hello) => ({ ...hello, protocol: 1 }) })).toBe(
      'node2 speaks protocol version 2, not 1.',
    );
    expect(
      shakeHands({}, {}, { hello: (hello) => ({ ...hello, identity: identity('stranger') }) }),
    ).toBe(
      'node2 does not know a peer stranger: it is no member, PEERS differs, or another process has this name.',
    );
    expect(shakeHands({}, {}, { hello: (hello) => ({ ...hello, to: 'node3' }) })).toBe(
      'The address of node3 leads to node2.',
    );
    expect(
      shakeHands({}, {}, { hello: (hello) => ({ ...hello, identity: identity('node2') }) }),
    ).toBe('node2 was called by its own name.');
  });

  it('is not taken in by whoever answers in place of the peer', () => {
    const as = (name: string) => (challenge: object) => ({
      ...challenge,
      identity: identity(name),
    });
    expect(shakeHands({}, {}, { challenge: as('node3') })).toBe(
      'The address of node2 leads to node3.',
    );
    expect(shakeHands({}, {}, { challenge: as('node1') })).toBe(
      'The address of node2 leads back to this node.',
    );
  });

  it.each<[string, Interference]>([
    ['channel', { hello: (hello) => ({ ...hello, channel: 'bulk' }) }],
    ['nonce of the caller', { hello: (hello) => ({ ...hello, nonce: Buffer.alloc(32) }) }],
    [
      'identity of the caller',
      { hello: (hello) => ({ ...hello, identity: { ...hello.identity, httpUrl: 'http://x' } }) },
    ],
    ['nonce of the called', { challenge: (said) => ({ ...said, nonce: Buffer.alloc(32) }) }],
    [
      'identity of the called',
      { challenge: (said) => ({ ...said, identity: { ...identity('node2'), roles: ['ledger'] } }) },
    ],
    ['proof', { proof: () => ({ proof: Buffer.alloc(32) }) }],
    ['length of the proof', { proof: () => ({ proof: Buffer.alloc(1) }) }],
    ['absence of a proof', { proof: () => ({ proof: null }) }],
  ])('with a secret notices that the %s was changed under way', (_what, interference) => {
    expect(shakeHands(...both, interference)).toBe(notTheSame);
  });

  it('with a secret asks the called side to prove too, and not with the proof it got', () => {
    let heard: Uint8Array | null = null;
    const reflect: Interference = {
      proof: (proof) => {
        heard = proof.proof;
        return proof;
      },
      acceptance: () => ({ kind: 'accepted', proof: heard }),
    };
    expect(shakeHands(...both, reflect)).toBe(notProved);
    const without = { acceptance: () => ({ kind: 'accepted', proof: null }) };
    expect(shakeHands(...both, without)).toBe(notProved);
  });

  it.each([null, 1, 'x', [], {}, { kind: 'challenge' }, { kind: 'accepted' }, { kind: 'refused' }])(
    'refuses the malformed message %j at every step',
    (message) => {
      const malformed = (): unknown => message ?? false;
      expect(shakeHands({}, {}, { hello: malformed })).toBe('The hello is malformed.');
      expect(shakeHands({}, {}, { challenge: malformed })).toBe(noProtocol);
      expect(shakeHands({}, {}, { proof: malformed })).toBe('The proof is malformed.');
      expect(shakeHands({}, {}, { acceptance: malformed })).toBe(noProtocol);
    },
  );

  it.each([
    { nodeId: 'Not A Node' },
    { nodeId: 1 },
    { incarnation: 'short' },
    { httpUrl: 'x'.repeat(2_000) },
    { roles: 'locks' },
    { roles: [1] },
    { roles: Array.from({ length: 33 }, () => 'locks') },
    { clusterId: '' },
    { clusterId: 1 },
  ])('refuses an identity with %j', (field) => {
    const hello = (said: Hello): unknown => ({ ...said, identity: { ...said.identity, ...field } });
    expect(shakeHands({}, {}, { hello })).toBe('The hello is malformed.');
  });
});
