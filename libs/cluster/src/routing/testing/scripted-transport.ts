import { TransportError, type PeerTransport } from '@sinkron/transport';

/** One request that a peer was sent and that the test answers when it likes. */
export interface SentRequest {
  readonly to: string;
  readonly method: string;
  readonly body: unknown;
  readonly timeoutMs: number;
  reply(value: unknown): void;
  fail(error: Error): void;
}

/** Peers whose answers a test gives by hand, in any order, or never: then the time runs out. */
export class ScriptedTransport {
  readonly sent: SentRequest[] = [];
  /** While it is set, every request gets this reply at once. */
  always: unknown;

  /** As the class that production injects; only `request` is used by who calls leaders. */
  get asPeerTransport(): PeerTransport {
    return this as unknown as PeerTransport;
  }

  request(
    to: string,
    method: string,
    body: unknown,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const silence = setTimeout(() => {
        reject(TransportError.outcomeUnknown(`${to} did not reply in time`));
      }, timeoutMs);
      const reply = (value: unknown): void => {
        clearTimeout(silence);
        resolve(value);
      };
      const fail = (error: Error): void => {
        clearTimeout(silence);
        reject(error);
      };
      this.sent.push({ to, method, body, timeoutMs, reply, fail });
      if (this.always !== undefined) reply(this.always);
    });
  }

  /** The nodes that were asked, in order. */
  get asked(): readonly string[] {
    return this.sent.map(({ to }) => to);
  }

  /** @throws when nothing was sent yet. */
  get latest(): SentRequest {
    const latest = this.sent.at(-1);
    if (latest === undefined) throw new Error('no request was sent');
    return latest;
  }
}
