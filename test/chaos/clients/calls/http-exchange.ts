import { Agent, request, type Dispatcher } from 'undici';
import { parsedBody } from '../../../support/json-client.js';
import { CALL_PATIENCE_MS, CALL_TIMEOUT_MS } from '../../limits.js';
import type { ApiRequest, TryResult } from './call.js';
import { EventStream, type OpenedStream } from './event-stream.js';

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
      return await answerOf(response);
    } catch (error) {
      return failureOf(error);
    }
  }

  /** Begins to read Server-Sent Events. @param now milliseconds since the start of the run. */
  async open(wanted: ApiRequest, now: () => number): Promise<OpenedStream> {
    // Only its head has to come in time.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), CALL_TIMEOUT_MS + CALL_PATIENCE_MS);
    try {
      const response = await request(`${this.baseUrl}${wanted.path}`, {
        method: wanted.method,
        dispatcher: this.agent,
        signal: late.signal,
        headers: { accept: 'text/event-stream', 'x-timeout-ms': String(CALL_TIMEOUT_MS) },
      });
      if (response.statusCode !== 200) {
        return { kind: 'failed', result: await answerOf(response) };
      }
      return { kind: 'open', events: new EventStream(response.body, now) };
    } catch (error) {
      return { kind: 'failed', result: failureOf(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

async function answerOf({
  statusCode,
  headers,
  body,
}: Dispatcher.ResponseData): Promise<TryResult> {
  const parsed = parsedBody(await body.text());
  return {
    kind: 'answered',
    status: statusCode,
    code: codeIn(statusCode, parsed),
    body: parsed,
    replayed: headers['idempotency-replayed'] === 'true',
  };
}

function failureOf(error: unknown): TryResult {
  const code = errorCode(error);
  return { kind: NOT_SENT.has(code) ? 'unreachable' : 'lost', error: code };
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
