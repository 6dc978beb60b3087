import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { encodeFrame } from '../../../libs/transport/src/frame/message-pack.js';
import { PATTERNS } from '../../../libs/transport/src/wire/wire-message.js';
import { damaged, damages } from './damage.js';
import type { Recording } from './fake-node.js';

/** What somebody sends who does not know the secret. */
export interface StrangerCase {
  readonly label: string;
  readonly bytes: Buffer;
}

const FRAME_BYTES_MAX = 8 * 1_024;

function framed(body: Buffer, length = body.length): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(length);
  return Buffer.concat([header, body]);
}

/** @param recording what a real node has said to a member that knew the secret. */
export function strangerCases(recording: Recording): fc.Arbitrary<StrangerCase> {
  const conversations = recording.conversations.filter(({ length }) => length >= 3);
  const frames = conversations.flat();
  if (frames.length === 0) throw new Error('nothing was recorded');
  const frame = fc.constantFrom(...frames);
  const conversation = fc.constantFrom(...conversations);
  const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const of = (label: string, bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<StrangerCase> =>
    bytes.map((one) => ({ label, bytes: one }));
  return fc.oneof(
    of('random bytes', garbage),
    of(
      'a frame of random bytes',
      garbage.map((body) => framed(body)),
    ),
    of(
      'a frame with a wrong length',
      fc
        .tuple(garbage, fc.constantFrom(0, 1, 8_191, 8_193, 2 ** 24, 2 ** 31, 2 ** 32 - 1))
        .map(([body, length]) => framed(body, length)),
    ),
    of(
      'a damaged frame',
      fc.tuple(frame, damages).map(([bytes, list]) => damaged(bytes, list)),
    ),
    of(
      'a damaged body in a right frame',
      fc
        .tuple(frame, damages)
        .map(([bytes, list]) =>
          framed(damaged(bytes.subarray(4), list).subarray(0, FRAME_BYTES_MAX)),
        ),
    ),
    of(
      'the conversation of another one',
      conversation.map((list) => Buffer.concat(list)),
    ),
    of(
      'a conversation in another order',
      conversation.chain((list) =>
        fc.shuffledSubarray(list, { minLength: 1 }).map((some) => Buffer.concat(some)),
      ),
    ),
    of(
      'half a frame',
      fc.tuple(frame, fc.nat(500)).map(([bytes, end]) => bytes.subarray(0, end)),
    ),
    of(
      'a deep value',
      fc
        .tuple(fc.constantFrom(0x91, 0x81, 0xdc), fc.integer({ min: 60, max: 8_000 }))
        .map(([token, depth]) => framed(Buffer.alloc(depth, token))),
    ),
    of('a hello with wrong fields', hellos()),
  );
}

/** Greetings of somebody who knows the protocol but not the secret, and a proof that proves nothing. */
function hellos(): fc.Arbitrary<Buffer> {
  const odd = fc.constantFrom<unknown>(
    null,
    undefined,
    0,
    -1,
    2 ** 60,
    '',
    'x'.repeat(2_000),
    [],
    {},
  );
  const identity = fc.record({
    nodeId: fc.oneof(fc.constantFrom('node1', 'node2', 'node3', 'node9', '../x', '__proto__'), odd),
    incarnation: fc.oneof(fc.constant('0123456789abcdef0123456789abcdef'), odd),
    httpUrl: fc.oneof(fc.constant('http://127.0.0.1:1'), odd),
    roles: fc.oneof(fc.constant(['locks']), odd),
    clusterId: fc.oneof(fc.constant(null), odd),
    diskId: fc.oneof(fc.constantFrom(null, 'disk'), odd),
  });
  return fc
    .record({
      hello: fc.record({
        protocol: fc.oneof(fc.constantFrom(1, 2, 3), odd),
        channel: fc.oneof(fc.constantFrom('raft', 'bulk'), odd),
        identity: fc.oneof({ weight: 6, arbitrary: identity }, { weight: 1, arbitrary: odd }),
        to: fc.oneof(fc.constantFrom('node1', 'node2', 'node3'), odd),
        nonce: fc.oneof(fc.constant(randomBytes(32)), odd),
      }),
      proof: fc.oneof(fc.constantFrom<unknown>(null, randomBytes(32), Buffer.alloc(0)), odd),
    })
    .map(({ hello, proof }) =>
      Buffer.concat([
        encodeFrame({ pattern: PATTERNS.hello, data: hello, id: '1' }),
        encodeFrame({ pattern: PATTERNS.prove, data: { proof }, id: '2' }),
      ]),
    );
}
