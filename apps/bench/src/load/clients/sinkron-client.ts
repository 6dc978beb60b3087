import {
  LoadFailure,
  type AcquireRequest,
  type HeldLock,
  type LockClient,
} from '../lock-client.js';
import { HttpConnection, type HttpAnswer } from './http-connection.js';

const LOCK_TTL_MS = 30_000;

export interface SinkronClientOptions {
  /** The session that its locks belong to; null: each lives by its own TTL. */
  readonly sessionId: string | null;
  /** True: goes on with the next node after a failure; false: after each pair. */
  readonly roaming: boolean;
}

/** A client of Sinkron over REST: one connection to one node at a time. */
export class SinkronClient implements LockClient {
  private turn = 0;

  /** @param connections one each to the nodes that it uses in turn. */
  constructor(
    private readonly connections: readonly HttpConnection[],
    private readonly options: SinkronClientOptions,
  ) {}

  async acquire({ name, owner, mode, waitMs }: AcquireRequest): Promise<HeldLock> {
    const { sessionId } = this.options;
    const grant = await this.post(`/v1/locks/${name}/acquire`, {
      owner,
      ...(mode === 'shared' ? { mode } : {}),
      ...(waitMs > 0 ? { waitMs } : {}),
      ...(sessionId === null ? { ttlMs: LOCK_TTL_MS } : { sessionId }),
    });
    if (typeof grant['token'] !== 'number') throw new LoadFailure('NO_TOKEN', name);
    return { name, owner, token: grant['token'], handle: null };
  }

  async release({ name, owner, token }: HeldLock): Promise<void> {
    await this.post(`/v1/locks/${name}/release`, { owner, token });
    if (!this.options.roaming) this.moveOn();
  }

  async renew({ name, owner, token }: HeldLock): Promise<void> {
    await this.post(`/v1/locks/${name}/renew`, { owner, token });
  }

  async close(): Promise<void> {
    await Promise.all(this.connections.map(async (connection) => await connection.close()));
  }

  private async post(path: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const connection = this.connections[this.turn];
    if (connection === undefined) throw new LoadFailure('NO_CONNECTION', path);
    try {
      return successBody(await connection.send('POST', path, body), path);
    } catch (error) {
      if (this.options.roaming) this.moveOn();
      throw error;
    }
  }

  private moveOn(): void {
    this.turn = (this.turn + 1) % this.connections.length;
  }
}

/**
 * The JSON object of a successful answer.
 *
 * @throws LoadFailure with the problem's code.
 */
export function successBody(answer: HttpAnswer, what: string): Readonly<Record<string, unknown>> {
  const body = jsonObject(answer.text);
  if (answer.status >= 200 && answer.status < 300) return body;
  const code = typeof body['code'] === 'string' ? body['code'] : `HTTP_${answer.status}`;
  throw new LoadFailure(code, `${what}: ${answer.text.slice(0, 500)}`);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return {};
  const body: unknown = JSON.parse(text);
  if (typeof body !== 'object' || body === null) return {};
  return { ...body };
}
