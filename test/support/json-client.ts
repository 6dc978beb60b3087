import { Agent, request } from 'undici';
import { REQUEST_TIMEOUT_MS } from './limits.js';

/** An answer as it came, its body parsed when it is JSON. */
export interface Answer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'PATCH';

/** Talks JSON to one node over connections of its own. */
export class JsonClient {
  private readonly agent = new Agent({
    connect: { timeout: REQUEST_TIMEOUT_MS },
    headersTimeout: REQUEST_TIMEOUT_MS,
    bodyTimeout: REQUEST_TIMEOUT_MS,
  });

  /**
   * @param baseUrl without a slash at its end.
   * @param always headers of every request that does not send others of the same name.
   */
  constructor(
    readonly baseUrl: string,
    private readonly always: Readonly<Record<string, string>> = {},
  ) {}

  /**
   * Sends one request and reads the whole answer; an error of the connection is thrown.
   *
   * @param body sent as JSON; nothing is sent when it is undefined.
   * @param timeoutMs of the whole exchange.
   */
  async send(
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<Answer> {
    const response = await request(`${this.baseUrl}${path}`, {
      method,
      dispatcher: this.agent,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        ...this.always,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body: parsedBody(text) };
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.send('GET', path, undefined, headers);
  }

  async post(
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return await this.send('POST', path, body, headers);
  }

  async put(
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return await this.send('PUT', path, body, headers);
  }

  async delete(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.send('DELETE', path, undefined, headers);
  }

  /** Closes the connections; requests under way fail. */
  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

/** A body: JSON, else the text; undefined when there was none. */
export function parsedBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
