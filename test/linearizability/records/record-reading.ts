import { Fields, MalformedRecord } from './fields.js';
import type {
  ClaimedLock,
  LockInput,
  LockMode,
  LockOutput,
  LockRecord,
  LockStatus,
  ReleasedLock,
  SeenHolder,
  ToldGrant,
} from './lock-record.js';

const MODES: readonly LockMode[] = ['exclusive', 'shared'];

const KINDS: readonly LockInput['kind'][] = [
  'acquire',
  'release',
  'renew',
  'get',
  'break',
  'create-session',
  'keep-alive',
  'end-session',
];

/** The answers that a call can get. */
const STATUSES: Readonly<Record<LockInput['kind'], readonly LockStatus[]>> = {
  acquire: ['granted', 'held', 'refused', 'session-not-found', 'not-done'],
  release: ['released', 'not-holder', 'not-done'],
  renew: ['renewed', 'not-holder', 'not-done'],
  get: ['seen', 'free', 'not-done'],
  break: ['broken', 'free', 'not-done'],
  'create-session': ['created', 'not-done'],
  'keep-alive': ['alive', 'session-not-found', 'not-done'],
  'end-session': ['ended', 'session-not-found', 'not-done'],
};

/** @throws MalformedRecord unless `value` is a whole record that does not contradict itself. */
export function readRecord(value: unknown): LockRecord {
  const fields = new Fields(value, '');
  const input = readInput(fields.object('input'));
  const outputFields = fields.objectOrNull('output');
  const output = outputFields === null ? null : readOutput(outputFields, input);
  const invokedAt = fields.number('invokedAt');
  const returnedAt = fields.numberOrNull('returnedAt');
  if (returnedAt === null && output !== null) {
    throw new MalformedRecord('an output without a time of return');
  }
  if (returnedAt !== null && returnedAt < invokedAt) {
    throw new MalformedRecord('returned before it was invoked');
  }
  const client = fields.text('client');
  return { client, node: fields.textOrNull('node'), input, output, invokedAt, returnedAt };
}

function readInput(fields: Fields): LockInput {
  const kind = fields.choice('kind', KINDS);
  switch (kind) {
    case 'acquire':
      return {
        kind,
        owner: fields.text('owner'),
        sessionId: fields.textOrNull('sessionId'),
        locks: named(fields, (lock) => ({ ...nameIn(lock), mode: lock.choice('mode', MODES) })),
        ttlMs: fields.number('ttlMs'),
        waitMs: fields.number('waitMs'),
        lockDelayMs: fields.number('lockDelayMs'),
      };
    case 'release':
      return { kind, owner: fields.text('owner'), locks: named(fields, readClaimed) };
    case 'renew': {
      const ttlMs = fields.numberOrNull('ttlMs');
      return { kind, owner: fields.text('owner'), locks: named(fields, readClaimed), ttlMs };
    }
    case 'get':
    case 'break':
      return { kind, ...nameIn(fields) };
    case 'create-session':
      return { kind, ttlMs: fields.number('ttlMs'), lockDelayMs: fields.number('lockDelayMs') };
    case 'keep-alive':
    case 'end-session':
      return { kind, sessionId: fields.text('sessionId') };
  }
}

function readOutput(fields: Fields, input: LockInput): LockOutput {
  const status = fields.choice('status', STATUSES[input.kind]);
  switch (status) {
    case 'granted':
    case 'renewed':
      return { status, locks: aboutAll(input, fields, readGrant) };
    case 'released':
      return { status, locks: aboutAll(input, fields, readReleased) };
    case 'held':
      return { status, name: nameAmong(input, fields), holders: readHolders(fields) };
    case 'not-holder':
      return { status, name: nameAmong(input, fields) };
    case 'seen':
      return { status, mode: fields.choice('mode', MODES), holders: readHolders(fields) };
    case 'created':
      return { status, sessionId: fields.text('sessionId') };
    case 'refused':
      return { status, reason: fields.text('reason') };
    case 'free':
    case 'broken':
    case 'alive':
    case 'ended':
    case 'session-not-found':
    case 'not-done':
      return { status };
  }
}

function nameIn(fields: Fields): { readonly name: string } {
  return { name: fields.text('name') };
}

function readClaimed(fields: Fields): ClaimedLock {
  return { ...nameIn(fields), token: fields.integer('token') };
}

function readGrant(fields: Fields): ToldGrant {
  const mode = fields.choice('mode', MODES);
  return { ...readClaimed(fields), mode, holds: fields.integer('holds') };
}

function readReleased(fields: Fields): ReleasedLock {
  return { ...nameIn(fields), holds: fields.integer('holds') };
}

function readHolders(fields: Fields): readonly SeenHolder[] | null {
  const holders = fields.listOrNull('holders');
  if (holders === null) return null;
  return holders.map((holder) => ({
    owner: holder.text('owner'),
    sessionId: holder.textOrNull('sessionId'),
    token: holder.integer('token'),
    holds: holder.integer('holds'),
  }));
}

/** One or several locks, their names distinct. */
function named<Lock extends { readonly name: string }>(
  fields: Fields,
  read: (lock: Fields) => Lock,
): readonly Lock[] {
  const locks = fields.list('locks').map(read);
  fields.expect(locks.length > 0, 'names a lock at least');
  const names = new Set(locks.map(({ name }) => name));
  fields.expect(names.size === locks.length, 'names each lock once');
  return locks;
}

/** All or none: an answer speaks of exactly the locks that were asked for. */
function aboutAll<Lock extends { readonly name: string }>(
  input: LockInput,
  fields: Fields,
  read: (lock: Fields) => Lock,
): readonly Lock[] {
  const locks = named(fields, read);
  const asked = namesOf(input);
  const told = locks.map(({ name }) => name);
  const same = asked.length === told.length && asked.every((name) => told.includes(name));
  fields.expect(same, 'speaks of the locks that were asked for, all of them');
  return locks;
}

function nameAmong(input: LockInput, fields: Fields): string {
  const { name } = nameIn(fields);
  fields.expect(namesOf(input).includes(name), 'speaks of a lock that was asked for');
  return name;
}

/** The locks that a call is about. */
export function namesOf(input: LockInput): readonly string[] {
  switch (input.kind) {
    case 'acquire':
    case 'release':
    case 'renew':
      return input.locks.map(({ name }) => name);
    case 'get':
    case 'break':
      return [input.name];
    case 'create-session':
    case 'keep-alive':
    case 'end-session':
      return [];
  }
}
