import { performance } from 'node:perf_hooks';
import { WireConnection } from '../wire/wire-connection.js';
import { resultOf } from './judge.js';

/** Milliseconds after which headers, or a body, that are not complete are given up on. */
const HEADERS_TIMEOUT_MS = 10_000;
const BODY_TIMEOUT_MS = 35_000;
/** The server looks at its connections every second; then its answer has to come. */
const SLACK_MS = 10_000;

interface SlowClient {
  readonly connection: WireConnection;
  readonly deadlineMs: number;
}

const HEADERS = ['POST /v1/lo', 'GET / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nX-Long: abc'];
const BODIES = [
  'POST /v1/locks/never-half/acquire HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"owner":"x"',
  'POST /v1/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
];

/** Clients that begin a request and never go on, while all the others are served. */
export class SlowClients {
  private readonly openedAt = performance.now();
  private readonly clients: readonly SlowClient[];

  constructor(port: number) {
    const open = (bytes: string, deadlineMs: number): SlowClient => {
      const connection = new WireConnection(port);
      connection.write(Buffer.from(bytes));
      return { connection, deadlineMs: deadlineMs + SLACK_MS };
    };
    this.clients = [
      ...HEADERS.map((bytes) => open(bytes, HEADERS_TIMEOUT_MS)),
      ...BODIES.map((bytes) => open(bytes, BODY_TIMEOUT_MS)),
    ];
  }

  /** What became of those whose time is over; the others are closed. */
  async faults(): Promise<readonly string[]> {
    const elapsedMs = performance.now() - this.openedAt;
    const faults = await Promise.all(
      this.clients.map(async ({ connection, deadlineMs }) => {
        const isDue = deadlineMs <= elapsedMs;
        const outcome = await connection.answer(false, isDue ? 10 : 0);
        connection.destroy();
        if (!isDue) return [];
        const result = outcome.kind === 'answered' ? resultOf(outcome.answer) : outcome.kind;
        return result === '408 REQUEST_TIMEOUT' ? [] : [`a client that is slow got: ${result}`];
      }),
    );
    return faults.flat();
  }
}
