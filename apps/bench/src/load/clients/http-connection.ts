import { Client } from 'undici';
import { CONNECT_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../../limits.js';

/** An answer, its body as text. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

export type HttpMethod = 'GET' | 'POST' | 'DELETE';

const JSON_HEADERS = { 'content-type': 'application/json' };
const NO_HEADERS = {};

/**
 * One keep-alive connection to one node; requests go one after the other.
 *
 * By `dispatch`, undici's cheapest call: what the load generator burns, the servers lack.
 */
export class HttpConnection {
  private readonly client: Client;

  /** @param url of the node, without a slash at its end. */
  constructor(url: string) {
    this.client = new Client(url, {
      pipelining: 1,
      keepAliveTimeout: REQUEST_TIMEOUT_MS,
      keepAliveMaxTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      bodyTimeout: REQUEST_TIMEOUT_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
    });
  }

  /** @throws an error of the connection. */
  async send(method: HttpMethod, path: string, body: object | null = null): Promise<HttpAnswer> {
    return await this.sendText(method, path, body === null ? null : JSON.stringify(body));
  }

  /**
   * @param body JSON text.
   * @throws an error of the connection.
   */
  async sendText(method: HttpMethod, path: string, body: string | null): Promise<HttpAnswer> {
    return await new Promise((done, fail) => {
      let status = 0;
      let text = '';
      const options = {
        method,
        path,
        headers: body === null ? NO_HEADERS : JSON_HEADERS,
        body,
      };
      this.client.dispatch(options, {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => {
          status = statusCode;
        },
        onResponseData: (_controller, chunk) => {
          text += chunk.toString();
        },
        onResponseEnd: () => {
          done({ status, text });
        },
        onResponseError: (_controller, error) => {
          fail(error);
        },
      });
    });
  }

  /** Closes the connection; a request under way fails. */
  async close(): Promise<void> {
    await this.client.destroy();
  }
}
