import type { JsonObject, RequestParts } from '../cases/request-case.js';
import { fitted } from '../cases/queue-values.js';
import { LIVE_HOLDS_MAX } from '../limits.js';
import { LiveQueues } from './live-queues.js';

interface Hold {
  readonly name: string;
  readonly owner: string;
  readonly token: number;
}

/** What the requests so far have, or may have, brought about. */
export class LiveState {
  /** Pairs of lock and owner that were granted, or may have been. */
  private readonly granted = new Set<string>();
  private readonly sessions = new Set<string>();
  readonly queues = new LiveQueues();
  private readonly holds: Hold[] = [];
  private readonly recentSessions: string[] = [];
  /** Sessions that may have been made without anybody knowing their id. */
  unknownSessions = 0;

  /** The request with a hold or session that there is, or was lately, in place of made-up ones. */
  enlivened(parts: RequestParts, selector: number | null): RequestParts {
    if (selector === null) return parts;
    const { operation, body } = parts;
    if (operation.path.startsWith('/v1/queues')) {
      return fitted(this.queues.enlivened(parts, selector));
    }
    const sessionId = this.recentSessions[selector % Math.max(1, this.recentSessions.length)];
    if (operation.path.startsWith('/v1/sessions/{id}') && sessionId !== undefined) {
      return { ...parts, path: { ...parts.path, id: sessionId } };
    }
    if (body !== undefined && 'sessionId' in body && sessionId !== undefined) {
      return { ...parts, body: { ...body, sessionId } };
    }
    const hold = this.holds[selector % Math.max(1, this.holds.length)];
    if (hold === undefined || body === undefined) return parts;
    const { name, owner, token } = hold;
    if ('token' in body) {
      return { ...parts, path: { ...parts.path, name }, body: { ...body, owner, token } };
    }
    const [first] = Array.isArray(body['locks']) ? body['locks'] : [];
    return typeof first === 'object' && first !== null && 'token' in first
      ? { ...parts, body: { ...body, owner, locks: [{ name, token }] } }
      : parts;
  }

  /** Takes note of an answer with status 200 or 201. */
  succeeded(parts: RequestParts, answer: unknown): void {
    const { id } = parts.operation;
    this.queues.succeeded(parts, answer);
    if (id === 'acquireLock' || id === 'renewLock') this.hold(answer);
    if (id === 'acquireMultiLock' || id === 'renewMultiLock') {
      for (const lock of locksIn(answer)) this.hold(lock);
    }
    if (id === 'createSession' && isObject(answer)) {
      const sessionId = String(answer['sessionId']);
      this.sessions.add(sessionId);
      keep(this.recentSessions, sessionId);
    }
  }

  /** Takes note of a request that may or may not have been done. */
  mayHaveHappened(parts: RequestParts): void {
    const { operation, body, path } = parts;
    this.queues.mayHaveHappened(parts);
    if (operation.id === 'createSession') this.unknownSessions += 1;
    if (body === undefined) return;
    const owner = String(body['owner'] ?? body['sessionId']);
    if (operation.id === 'acquireLock') this.granted.add(pair(path['name'] ?? '', owner));
    if (operation.id === 'acquireMultiLock') {
      for (const lock of locksIn(body)) this.granted.add(pair(String(lock['name']), owner));
    }
  }

  wasGranted(name: string, owner: string): boolean {
    return this.granted.has(pair(name, owner));
  }

  wasMade(sessionId: string): boolean {
    return this.sessions.has(sessionId) || this.unknownSessions > 0;
  }

  private hold(answer: unknown): void {
    if (!isObject(answer)) return;
    const [name, owner] = [String(answer['name']), String(answer['owner'])];
    this.granted.add(pair(name, owner));
    keep(this.holds, { name, owner, token: Number(answer['token']) });
  }
}

function keep<Item>(list: Item[], item: Item): void {
  list.push(item);
  if (list.length > LIVE_HOLDS_MAX) list.shift();
}

function pair(name: string, owner: string): string {
  return JSON.stringify([name, owner]);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function locksIn(value: unknown): readonly JsonObject[] {
  if (!isObject(value) || !Array.isArray(value['locks'])) return [];
  return value['locks'].filter(isObject);
}
