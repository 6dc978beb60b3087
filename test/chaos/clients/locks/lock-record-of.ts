import type {
  LockInput,
  LockMode,
  LockOutput,
  LockRecord,
  SeenHolder,
} from '../../../linearizability/lock-history.js';
import { field } from '../calls/answers.js';
import { isLockCall, type Call, type LockRequest } from '../calls/call.js';

/** A call in the form of histories; null for what has no place there: lists, graphs, queues. */
export function lockRecordOf(call: Call): LockRecord | null {
  if (!isLockCall(call)) return null;
  const input = inputOf(call);
  if (input === null) return null;
  const output = outputOf(call, input);
  return {
    client: call.client,
    node: call.tries.at(-1)?.node ?? null,
    input,
    output,
    invokedAt: call.invokedAt,
    returnedAt: output === null ? null : call.returnedAt,
  };
}

function inputOf({ request }: Call<LockRequest>): LockInput | null {
  const { operation, body = {}, path } = request;
  const [name = ''] = request.locks;
  switch (operation) {
    case 'acquireLock':
      return acquireOf(body, [{ name, mode: modeOf(body['mode']) }]);
    case 'acquireMultiLock': {
      const wanted = list(body['locks']).map((lock) => ({
        name: String(field(lock, 'name')),
        mode: modeOf(field(lock, 'mode')),
      }));
      return acquireOf(body, wanted);
    }
    case 'releaseLock':
      return { kind: 'release', owner: String(body['owner']), locks: [claimed(name, body)] };
    case 'releaseMultiLock': {
      const locks = list(body['locks']).map((lock) => claimed(String(field(lock, 'name')), lock));
      return { kind: 'release', owner: String(body['owner']), locks };
    }
    case 'renewLock': {
      const locks = [claimed(name, body)];
      return { kind: 'renew', owner: String(body['owner']), locks, ttlMs: null };
    }
    case 'getLock':
      return { kind: 'get', name };
    case 'breakLock':
      return { kind: 'break', name };
    case 'createSession':
      return { kind: 'create-session', ttlMs: Number(body['ttlMs']), lockDelayMs: 0 };
    case 'keepSessionAlive':
      return { kind: 'keep-alive', sessionId: path.split('/')[3] ?? '' };
    case 'deleteSession':
      return { kind: 'end-session', sessionId: path.split('/')[3] ?? '' };
    case 'listLocks':
    case 'getWaitForGraph':
      return null;
  }
}

function acquireOf(
  body: Readonly<Record<string, unknown>>,
  locks: readonly { readonly name: string; readonly mode: LockMode }[],
): LockInput {
  const sessionId = typeof body['sessionId'] === 'string' ? body['sessionId'] : null;
  return {
    kind: 'acquire',
    owner: typeof body['owner'] === 'string' ? body['owner'] : (sessionId ?? ''),
    sessionId,
    locks,
    ttlMs: Number(body['ttlMs']),
    waitMs: Number(body['waitMs']),
    lockDelayMs: 0,
  };
}

/** Null for an unknown outcome, and for answers that nobody documented, which another check reports. */
function outputOf({ outcome, request }: Call<LockRequest>, input: LockInput): LockOutput | null {
  if (outcome.kind === 'unknown') return null;
  if (outcome.kind === 'refused') return { status: 'not-done' };
  const { status, code, body } = outcome;
  if (status < 300) return successOf(input, body);
  switch (code) {
    case 'LOCK_HELD':
      return { status: 'held', name: nameIn(body, request.locks), holders: holdersIn(body) };
    case 'LOCK_WAIT_TIMEOUT':
    case 'DEADLOCK':
      return { status: 'refused', reason: code };
    case 'NOT_HOLDER':
      return input.kind === 'acquire'
        ? { status: 'refused', reason: code }
        : { status: 'not-holder', name: nameIn(body, request.locks) };
    case 'LOCK_NOT_FOUND':
      return { status: 'free' };
    case 'SESSION_NOT_FOUND':
      return { status: 'session-not-found' };
    case null:
    default:
      return null;
  }
}

function successOf(input: LockInput, body: unknown): LockOutput {
  switch (input.kind) {
    case 'acquire':
      return { status: 'granted', locks: told(body) };
    case 'renew':
      return { status: 'renewed', locks: told(body) };
    case 'release': {
      const locks = all(body).map((lock) => ({
        name: String(field(lock, 'name')),
        holds: Number(field(lock, 'holds')),
      }));
      return { status: 'released', locks };
    }
    case 'get':
      return { status: 'seen', mode: modeOf(field(body, 'mode')), holders: holdersIn(body) };
    case 'break':
      return { status: 'broken' };
    case 'create-session':
      return { status: 'created', sessionId: String(field(body, 'sessionId')) };
    case 'keep-alive':
      return { status: 'alive' };
    case 'end-session':
      return { status: 'ended' };
  }
}

/** All holders; null when the answer does not show all. */
function holdersIn(body: unknown): readonly SeenHolder[] | null {
  const holders = field(body, 'holders');
  if (!Array.isArray(holders) || field(body, 'holderCount') !== undefined) return null;
  return holders.map((holder: unknown) => {
    const sessionId = field(holder, 'sessionId');
    return {
      owner: String(field(holder, 'owner')),
      sessionId: typeof sessionId === 'string' ? sessionId : null,
      token: Number(field(holder, 'token')),
      holds: Number(field(holder, 'holds')),
    };
  });
}

function nameIn(body: unknown, asked: readonly string[]): string {
  const name = field(body, 'name');
  return typeof name === 'string' ? name : (asked[0] ?? '');
}

function told(
  body: unknown,
): readonly { name: string; mode: LockMode; token: number; holds: number }[] {
  return all(body).map((lock) => ({
    name: String(field(lock, 'name')),
    mode: modeOf(field(lock, 'mode')),
    token: Number(field(lock, 'token')),
    holds: Number(field(lock, 'holds')),
  }));
}

function claimed(name: string, lock: unknown): { name: string; token: number } {
  return { name, token: Number(field(lock, 'token')) };
}

/** The locks of an answer about one or several. */
function all(body: unknown): readonly unknown[] {
  const locks = field(body, 'locks');
  return Array.isArray(locks) ? locks : [body];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function modeOf(value: unknown): LockMode {
  return value === 'shared' ? 'shared' : 'exclusive';
}
