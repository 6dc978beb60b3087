import { Agent, request } from 'undici';
import { parsedBody } from '../../../support/json-client.js';
import { CALL_PATIENCE_MS, CALL_TIMEOUT_MS } from '../../limits.js';
import type { ApiRequest, TryResult } from './call.js';

/** Errors that come before anything was sent. */
const NOT_SENT = new Set(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT']);

/** Sends requests to one node, over connections of its own. */
export class HttpExchange {
  private readonly agent = new Agent({
    connect: { timeout: CALL_TIMEOUT_MS },
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  constructor(
    readonly nodeId: string,
    private readonly baseUrl: string,
  ) {}

  async send(wanted: ApiRequest, idempotencyKey: string | null): Promise<TryResult> {
    const timeoutMs = wanted.waitMs + CALL_TIMEOUT_MS + CALL_PATIENCE_MS;
    try {
      const response = await request(`${this.baseUrl}${wanted.path}`, {
        method: wanted.method,
        dispatcher: this.agent,
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          'x-timeout-ms': String(CALL_TIMEOUT_MS),
          ...(wanted.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
        },
        body: wanted.body === undefined ? null : JSON.stringify(wanted.body),
      });
      const body = parsedBody(await response.body.text());
      return {
        kind: 'answered',
        status: response.statusCode,
        code: codeIn(response.statusCode, body),
        body,
        replayed: response.headers['idempotency-replayed'] === 'true',
      };
    } catch (error) {
      const code = errorCode(error);
      return { kind: NOT_SENT.has(code) ? 'unreachable' : 'lost', error: code };
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function codeIn(status: number, body: unknown): string | null {
  if (status < 400) return null;
  if (typeof body !== 'object' || body === null || !('code' in body)) return '';
  return String(body.code);
}

function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error ? String(error.name) : 'an error';
}
