import { eventually } from './eventually.js';
import type { Answer, JsonClient } from './json-client.js';
import { READY_DEADLINE_MS } from './limits.js';

/** A grant as the API answers it. */
export interface Granted {
  readonly name: string;
  readonly owner: string;
  readonly mode: string;
  readonly token: number;
  readonly holds: number;
  readonly waitedMs: number;
}

/** A request whose answer is still to come; an object, as a promise of a promise is none. */
export interface Pending {
  readonly answer: Promise<Answer>;
}

type Headers = Readonly<Record<string, string>>;

/** Milliseconds that a waiter of a test waits unless it says otherwise. */
const WAIT_MS = 25_000;
/** Milliseconds of a hold of a test: longer than any test. */
const TTL_MS = 600_000;

/** The calls of locks at one node. */
export class LockClient {
  constructor(readonly http: JsonClient) {}

  /** Asks, with a lease that outlives the test unless `body` has another one. */
  acquire(name: string, body: object, headers: Headers = {}): Promise<Answer> {
    return this.http.post(`${path(name)}/acquire`, { ttlMs: TTL_MS, ...body }, headers);
  }

  /** Takes a lock that is free. */
  async take(name: string, owner: string, more: object = {}): Promise<Granted> {
    return granted(await this.acquire(name, { owner, ...more }));
  }

  /** Begins to wait, and comes back once it stands in the queue. */
  async wait(
    name: string,
    owner: string,
    more: object = {},
    headers: Headers = {},
  ): Promise<Pending> {
    const answer = this.acquire(name, { owner, waitMs: WAIT_MS, ...more }, headers);
    let answered = false;
    const settled = (): void => {
      answered = true;
    };
    // Some are looked at only after others have failed.
    answer.then(settled, settled);
    // On a slow machine it may have been granted before anybody saw it wait.
    await eventually(`${owner} waits for ${name}`, READY_DEADLINE_MS, async () =>
      answered || (await this.queue(name)).includes(owner) ? true : undefined,
    );
    return { answer };
  }

  release(name: string, { owner, token }: Pick<Granted, 'owner' | 'token'>): Promise<Answer> {
    return this.http.post(`${path(name)}/release`, { owner, token });
  }

  renew(name: string, body: object, headers: Headers = {}): Promise<Answer> {
    return this.http.post(`${path(name)}/renew`, body, headers);
  }

  get(name: string): Promise<Answer> {
    return this.http.get(path(name));
  }

  break(name: string): Promise<Answer> {
    return this.http.delete(path(name));
  }

  /** The owners that wait, in order; none too when nobody can say at the moment. */
  async queue(name: string): Promise<readonly string[]> {
    const { body } = await this.get(name);
    return ownersIn(body, 'queue');
  }

  /** The owners that hold it, in the order of their tokens. */
  async holders(name: string): Promise<readonly string[]> {
    const { body } = await this.get(name);
    return ownersIn(body, 'holders');
  }

  /** Waits until exactly these wait, in this order. */
  async untilQueued(name: string, owners: readonly string[]): Promise<void> {
    await eventually(`${owners.join()} wait for ${name}`, READY_DEADLINE_MS, async () =>
      (await this.queue(name)).join() === owners.join() ? true : undefined,
    );
  }

  /** Waits until exactly these hold it. */
  async untilHeld(name: string, owners: readonly string[]): Promise<void> {
    await eventually(`${owners.join()} hold ${name}`, READY_DEADLINE_MS, async () =>
      (await this.holders(name)).join() === owners.join() ? true : undefined,
    );
  }

  acquireMany(body: object, headers: Headers = {}): Promise<Answer> {
    return this.http.post('/v1/multi-locks/acquire', { ttlMs: TTL_MS, ...body }, headers);
  }

  /** Makes a session that outlives the test unless `body` says otherwise; returns its id. */
  async session(body: object = {}): Promise<string> {
    const answer = await this.http.post('/v1/sessions', { ttlMs: TTL_MS, ...body });
    const { sessionId } = answer.body as { readonly sessionId?: unknown };
    expect([answer.status, typeof sessionId]).toEqual([201, 'string']);
    return String(sessionId);
  }

  endSession(sessionId: string): Promise<Answer> {
    return this.http.delete(`/v1/sessions/${sessionId}`);
  }
}

/** The grant in an answer that has to be one. */
export function granted(answer: Answer): Granted {
  expect(answer).toMatchObject({ status: 200, body: { token: expect.any(Number) as number } });
  return answer.body as Granted;
}

/** The grants in the answer of a multi-lock that has to be granted. */
export function grantedAll(answer: Answer): readonly Granted[] {
  expect(answer).toMatchObject({ status: 200, body: { locks: expect.any(Array) as unknown[] } });
  return (answer.body as { readonly locks: readonly Granted[] }).locks;
}

function path(name: string): string {
  return `/v1/locks/${encodeURIComponent(name)}`;
}

function ownersIn(body: unknown, field: 'holders' | 'queue'): readonly string[] {
  if (typeof body !== 'object' || body === null) return [];
  const list: unknown = Reflect.get(body, field);
  if (!Array.isArray(list)) return [];
  return (list as readonly { readonly owner: string }[]).map(({ owner }) => owner);
}
