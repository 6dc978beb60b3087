import { connect, type Socket } from 'node:net';

/** One answer on a bare connection. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed when it is JSON. */
  readonly body: unknown;
}

/** A TCP connection on which a test writes what no HTTP library would. */
export class RawSocket {
  private received = Buffer.alloc(0);
  private readonly watchers = new Set<() => void>();
  private readonly socket: Socket;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      for (const watch of this.watchers) watch();
    });
    // A reset is one of the ways in which a server may end a connection.
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on('close', () => {
        resolve();
      });
    });
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** The answers so far, complete ones only. */
  get answers(): readonly RawAnswer[] {
    const answers: RawAnswer[] = [];
    let rest = this.received;
    for (;;) {
      const end = rest.indexOf('\r\n\r\n');
      if (end === -1) return answers;
      const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
      const headers = Object.fromEntries(
        lines.map((line): [string, string] => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      );
      const length = Number(headers['content-length'] ?? 0);
      const body = rest.subarray(end + 4, end + 4 + length);
      if (body.length < length) return answers;
      answers.push({ status: Number(first.split(' ')[1]), headers, body: parsed(body.toString()) });
      rest = rest.subarray(end + 4 + length);
    }
  }

  /** Waits until there are `count` answers. */
  async until(count: number): Promise<readonly RawAnswer[]> {
    const { watchers } = this;
    await Promise.race([
      this.closed,
      new Promise<void>((resolve) => {
        const watch = (): void => {
          if (this.answers.length < count) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
      }),
    ]);
    if (this.answers.length < count) {
      throw new Error(`closed after ${this.answers.length} answers of ${count}`);
    }
    return this.answers;
  }

  /** Waits until the server has closed, and returns the only answer. */
  async last(): Promise<RawAnswer> {
    await this.closed;
    const [answer, ...more] = this.answers;
    if (answer === undefined || more.length > 0) {
      throw new Error(`expected one answer, got ${this.answers.length}`);
    }
    return answer;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
