import {
  booleanField,
  choiceField,
  fieldsOf,
  integerField,
  listField,
  MalformedValue,
  WHOLE,
} from '@sinkron/fields';
import { optionalTextField, textField } from '../../fields.js';
import {
  EVENT_CYCLE_EDGES_MAX,
  EVENT_ID_CHARS_MAX,
  GRAPH_EDGES_MAX,
  LIST_ITEMS_MAX,
  LOCK_NAME_BYTES_MAX,
  SESSION_ID_CHARS_MAX,
  VIEW_HOLDERS_MAX,
  VIEW_QUEUE_MAX,
} from '../../limits.js';
import type { EventPage, LockEvent } from '../lock-event.js';
import type {
  HolderView,
  LockPage,
  LockView,
  QueuedView,
  SessionPage,
  SessionView,
  WaitForGraph,
} from '../lock-view.js';
import {
  readEdge,
  readIdentity,
  readLockDelayMs,
  readMetadata,
  readMode,
  readName,
  readOwner,
  readSessionId,
  readSessionName,
  readSessionTtlMs,
  readToken,
  readTtlMs,
} from './lock-fields.js';
import { resultFields } from './read-result.js';

/*
 * Answers to queries, which come from other nodes like the results of commands; each reader
 * throws MalformedValue.
 */

const EVENT_ID = { charsMin: 1, charsMax: EVENT_ID_CHARS_MAX };
const EVENT_KINDS = ['granted', 'released', 'expired', 'queued', 'broken', 'deadlock'] as const;

/** Null when the lock is free and nobody waits for it. */
export function readLockView(value: unknown): LockView | null {
  if (value === null) return null;
  const fields = resultFields(value);
  return {
    name: readName(fields),
    mode: readMode(fields),
    holders: listField(fields, 'holders', VIEW_HOLDERS_MAX).map(readHolderView),
    holderCount: integerField(fields, 'holderCount', WHOLE),
    queue: listField(fields, 'queue', VIEW_QUEUE_MAX).map(readQueuedView),
    queueLength: integerField(fields, 'queueLength', WHOLE),
    delayed: booleanField(fields, 'delayed'),
  };
}

export function readLockPage(value: unknown): LockPage {
  const fields = resultFields(value);
  const locks = listField(fields, 'locks', LIST_ITEMS_MAX).map((item) => {
    const lock = readLockView(item);
    if (lock === null) throw new MalformedValue('locks', 'locks that are there');
    return lock;
  });
  const next = optionalTextField(fields, 'next', { charsMin: 1, charsMax: LOCK_NAME_BYTES_MAX });
  return { locks, next };
}

/** Null when there is no such session. */
export function readSessionView(value: unknown): SessionView | null {
  if (value === null) return null;
  const fields = resultFields(value);
  return {
    sessionId: readSessionId(fields),
    name: readSessionName(fields),
    ttlMs: readSessionTtlMs(fields),
    lockDelayMs: readLockDelayMs(fields),
    expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
    locks: integerField(fields, 'locks', WHOLE),
  };
}

export function readSessionPage(value: unknown): SessionPage {
  const fields = resultFields(value);
  const sessions = listField(fields, 'sessions', LIST_ITEMS_MAX).map((item) => {
    const session = readSessionView(item);
    if (session === null) throw new MalformedValue('sessions', 'sessions that are there');
    return session;
  });
  const next = optionalTextField(fields, 'next', { charsMin: 1, charsMax: SESSION_ID_CHARS_MAX });
  return { sessions, next };
}

export function readGraph(value: unknown): WaitForGraph {
  const fields = resultFields(value);
  // Each edge names two nodes.
  const nodes = listField(fields, 'nodes', 2 * GRAPH_EDGES_MAX);
  return {
    nodes: nodes.map((owner) => readOwner({ owner })),
    edges: listField(fields, 'edges', GRAPH_EDGES_MAX).map(readEdge),
    truncated: booleanField(fields, 'truncated'),
  };
}

export function readEventPage(value: unknown): EventPage {
  const fields = resultFields(value);
  return {
    events: listField(fields, 'events', LIST_ITEMS_MAX).map(readEvent),
    last: textField(fields, 'last', EVENT_ID),
    reset: booleanField(fields, 'reset'),
  };
}

function readHolderView(value: unknown): HolderView {
  const fields = fieldsOf(value, 'holder');
  return {
    ...readIdentity(fields),
    token: readToken(fields),
    holds: integerField(fields, 'holds', WHOLE),
    ttlMs: readTtlMs(fields),
    expiresAtMs: integerField(fields, 'expiresAtMs', WHOLE),
    metadata: readMetadata(fields),
  };
}

function readQueuedView(value: unknown): QueuedView {
  const fields = fieldsOf(value, 'waiter');
  return {
    owner: readOwner(fields),
    mode: readMode(fields),
    sinceMs: integerField(fields, 'sinceMs', WHOLE),
  };
}

function readEvent(value: unknown): LockEvent {
  const fields = fieldsOf(value, 'event');
  const event = {
    id: textField(fields, 'id', EVENT_ID),
    kind: choiceField(fields, 'kind', EVENT_KINDS),
    name: readName(fields),
    ...readIdentity(fields),
    mode: readMode(fields),
    token: fields['token'] === null ? null : readToken(fields),
    atMs: integerField(fields, 'atMs', WHOLE),
  };
  if (fields['cycle'] === undefined) return event;
  const cycle = listField(fields, 'cycle', EVENT_CYCLE_EDGES_MAX);
  return { ...event, cycle: cycle.map(readEdge) };
}
