import * as fc from 'fast-check';
import { decode, encode } from '../../../libs/consensus/src/codec/tuple.js';
import { decodeMessage } from '../../../libs/consensus/src/raft/driver/message-codec.js';
import { encodeFrame, encodeValue } from '../../../libs/transport/src/frame/message-pack.js';
import { PATTERNS } from '../../../libs/transport/src/wire/wire-message.js';
import { damaged, damages } from './damage.js';
import type { Recording } from './fake-node.js';
import { warped, warps } from './warp.js';

/** What a member sends whose program or memory is broken. */
export interface SessionCase {
  readonly label: string;
  readonly channel: 'raft' | 'bulk';
  /** Frames behind the handshake. */
  readonly frames: readonly Buffer[];
}

/** A Raft message as a tuple: group, kind, from, to, term, and what the kind has. */
type RaftTuple = readonly [string, number, string, string, number, ...unknown[]];

/** Who speaks to whom in the recorded term. */
interface Voices {
  /** The replica that the fuzzer plays. */
  readonly own: string;
  /** The replica of the leader, which is the one spoken to. */
  readonly leader: string;
  readonly term: number;
}

const GROUP = 'coordination';

function voicesOf(recording: Recording): Voices {
  for (const bytes of recording.events.get('raft') ?? []) {
    const [, , from, to, term] = decode(bytes) as RaftTuple;
    return { own: to, leader: from, term };
  }
  throw new Error('no Raft message was recorded');
}

/** One message of every kind, with the numbers of `message-codec.ts`. */
function raftTuples({ own, leader, term }: Voices): readonly RaftTuple[] {
  const now = Date.now();
  const entry = [term, 2, 1, now, Buffer.from(encode([]))];
  const to = (kind: number, ...body: readonly unknown[]): RaftTuple => [
    ...([GROUP, kind, own, leader, term] as const),
    ...body,
  ];
  return [
    to(0, 5, term),
    to(1, now, true),
    to(2, 5, term, false),
    to(3, now, true),
    to(4, 1, term, 1, 1, []),
    to(4, 1, term, 1, 1, [entry]),
    to(5, now, 1, true, 3),
    to(5, now, 1, false, 3, 2, term),
    to(6, 1, 1),
    to(7, now, 1),
    to(8, 3, term, now, 1, 0, Buffer.alloc(20), false),
    to(8, 3, term, now, 1, 0, Buffer.alloc(0), true),
    to(9, now, 1, true, 3),
    to(9, now, 1, false, 1),
  ];
}

/** The kinds of messages that only leaders send. */
const LEADER_KINDS: ReadonlySet<string> = new Set([
  'appendRequest',
  'heartbeatRequest',
  'snapshotRequest',
  'timeoutNowRequest',
]);

/**
 * Whether bytes are a right message of a leader that was never elected: a lie that Raft does not
 * defend itself against, and a node that sees two leaders in one term stops.
 */
function isUsurping(bytes: Uint8Array, term: number): boolean {
  try {
    const { message } = decodeMessage(bytes);
    return LEADER_KINDS.has(message.kind) && message.term >= term;
  } catch {
    return false;
  }
}

const LOCKS: readonly unknown[] = [
  {
    kind: 'acquire',
    owner: 'peer',
    sessionId: null,
    locks: [{ name: 'p', mode: 'shared' }],
    ttlMs: 100,
    lockDelayMs: 0,
    metadata: null,
    wait: true,
  },
  { kind: 'release', owner: 'peer', locks: [{ name: 'p', token: 2 }] },
  { kind: 'renew', owner: 'peer', locks: [{ name: 'p', token: 2 }], ttlMs: 100 },
  { kind: 'cancel', waiterId: 1, release: true },
  { kind: 'break', name: 'p' },
  { kind: 'create-session', sessionId: 's', ttlMs: 1_000, lockDelayMs: 0, name: null },
  { kind: 'end-session', sessionId: 's' },
  { kind: 'expire', term: 1, leases: [{ kind: 'hold', holdId: 99, leaseIndex: 1 }] },
  { kind: 'expire', term: 1, leases: [{ kind: 'delay', name: 'p', leaseIndex: 1 }] },
  { kind: 'abandon', term: 1, waiters: [1] },
  { kind: 'sweep' },
  { kind: 'keepalive', sessionId: 's' },
  { kind: 'claim', claims: [{ waiterId: 1, proposer: 'x' }] },
  { kind: 'get', name: 'p' },
  { kind: 'list', prefix: '', after: null, limit: 10 },
  { kind: 'sessions', after: null, limit: 10 },
  { kind: 'graph' },
  { kind: 'events', after: null, prefix: '', limit: 10 },
];

const COMMANDS: readonly unknown[] = [
  ...LOCKS.map((body) => ['locks', body, null, null]),
  ...LOCKS.map((body) => ['locks', body, ['p-1', 1, 1], ['scope', 'print']]),
  ['cluster', ['identity', ['x', 1, 2, 3]], null, null],
  ['cluster', ['members', ['member-disk', 'node9', 'disk']], null, null],
  ['proposers', ['open', 'p-1', 'node3'], null, null],
  ['proposers', ['close', 'p-1'], null, null],
  ['nothing', {}, null, null],
];

const METHODS = [
  ['group.transfer', 'raft.bulk', 'cluster.formation', 'cluster.join', 'cluster.admit'],
  ['cluster.replica-out', 'cluster.removable', 'cluster.members', '__proto__', 'toString', ''],
].flat();

function eventFrame(topic: string, messages: readonly Uint8Array[]): Buffer {
  return encodeFrame({ pattern: PATTERNS.events, data: [[topic, messages]] });
}

function requestFrame(method: string, body: Buffer, id = 1): Buffer {
  return encodeFrame({ pattern: PATTERNS.requests, data: [[id, method, 1_000, body]] });
}

const OPEN_REPLIES = encodeFrame({ pattern: PATTERNS.replies, data: {}, id: 'replies' });

/** Values that the transport can carry; the rest is for `encode` only. */
function encodable(value: unknown): Buffer {
  try {
    return encodeValue(value);
  } catch {
    return encodeValue(null);
  }
}

export function sessionCases(recording: Recording): fc.Arbitrary<SessionCase> {
  const voices = voicesOf(recording);
  const recorded = [...recording.events].flatMap(([topic, list]) =>
    list.map((bytes) => ({ topic, bytes })),
  );
  const raft = (label: string, frames: readonly Buffer[]): SessionCase => ({
    label,
    channel: 'raft',
    frames,
  });
  const bulk = (label: string, frame: Buffer): SessionCase => ({
    label,
    channel: 'bulk',
    frames: [OPEN_REPLIES, frame],
  });
  const messages = fc
    .tuple(fc.constantFrom(...raftTuples(voices)), warps)
    .map(([tuple, list]) => encode(warped(tuple, list)))
    .filter((bytes) => !isUsurping(bytes, voices.term));
  return fc.oneof(
    fc
      .array(messages, { minLength: 1, maxLength: 4 })
      .map((list) => raft('Raft messages', [eventFrame('raft', list)])),
    fc
      .tuple(messages, damages)
      .map(([bytes, list]) => damaged(Buffer.from(bytes), list))
      .filter((bytes) => !isUsurping(bytes, voices.term))
      .map((bytes) => raft('a damaged Raft message', [eventFrame('raft', [bytes])])),
    fc
      .tuple(fc.constantFrom(...recorded), damages)
      .map(([{ topic, bytes }, list]) => ({ topic, bytes: damaged(bytes, list) }))
      .filter(({ bytes }) => !isUsurping(bytes, voices.term))
      .map(({ topic, bytes }) => raft(`a damaged ${topic}`, [eventFrame(topic, [bytes])])),
    fc
      .tuple(fc.constantFrom(...recorded), warps)
      .map(([{ topic, bytes }, list]) => ({ topic, bytes: encode(warped(decode(bytes), list)) }))
      .filter(({ bytes }) => !isUsurping(bytes, voices.term))
      .map(({ topic, bytes }) => raft(`a changed ${topic}`, [eventFrame(topic, [bytes])])),
    fc
      .tuple(fc.constantFrom(...LOCKS), warps)
      .map(([body, list]) =>
        raft('a notice', [
          eventFrame('group.notice', [encode(warped([GROUP, 'locks', 'p-1', body], list))]),
        ]),
      ),
    fc
      .tuple(fc.constantFrom(...COMMANDS), warps)
      .map(([command, list]) =>
        bulk(
          'a command',
          requestFrame('group.propose', encodable([GROUP, encode(warped(command, list))])),
        ),
      ),
    fc
      .tuple(fc.constantFrom(...COMMANDS), damages)
      .map(([command, list]) =>
        bulk(
          'a damaged command',
          requestFrame(
            'group.propose',
            encodable([GROUP, damaged(Buffer.from(encode(command)), list)]),
          ),
        ),
      ),
    fc
      .tuple(fc.constantFrom('group.request', 'group.query'), fc.constantFrom(...LOCKS), warps)
      .map(([method, body, list]) => {
        const fields = method === 'group.query' ? ['stale', body] : [body];
        return bulk(
          'a request',
          requestFrame(method, encodable(warped([GROUP, 'locks', ...fields], list))),
        );
      }),
    fc
      .tuple(fc.constantFrom(...METHODS), fc.constantFrom(...LOCKS), warps)
      .map(([method, body, list]) =>
        bulk(`${method}`, requestFrame(method, encodable(warped([GROUP, body, 'node3'], list)))),
      ),
    messages.map((bytes) =>
      bulk('a Raft message in bulk', requestFrame('raft.bulk', encodable(Buffer.from(bytes)))),
    ),
    fc
      .tuple(fc.constantFrom(eventFrame('raft', []), OPEN_REPLIES), damages, fc.boolean())
      .map(([frame, list, isRaft]) => ({
        label: 'a damaged frame',
        channel: isRaft ? ('raft' as const) : ('bulk' as const),
        frames: [damaged(frame, list)],
      })),
  );
}
