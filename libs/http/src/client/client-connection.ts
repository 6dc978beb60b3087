import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connection that a request came on, as long as its answer is not written out. */
export interface ClientConnection {
  /**
   * Aborted when the connection closes before the answer was written out completely; never
   * afterwards.
   */
  readonly gone: AbortSignal;
}

/** Requests whose answers are still to be written, by connection. */
const unanswered = new WeakMap<Socket, Set<RequestConnection>>();

/**
 * Watches a connection for one of its requests, from the first look at `gone` on: requests that
 * never look pay nothing.
 */
export class RequestConnection implements ClientConnection {
  private controller: AbortController | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  get gone(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      this.watch();
    }
    return this.controller.signal;
  }

  private watch(): void {
    if (this.response.writableFinished) return;
    // The response of a pipelined request has no socket before its turn, and then hears nothing.
    const { socket } = this.request;
    if (socket.destroyed) {
      this.controller?.abort();
      return;
    }
    const requests = requestsOf(socket);
    requests.add(this);
    // A write under way counts as done when its connection is destroyed, so the event alone does
    // not tell. First, as Node may end the connection behind its last answer.
    this.response.prependOnceListener('finish', () => {
      if (!socket.destroyed) requests.delete(this);
    });
  }

  /** The connection is closed, and the answer was not written out. */
  lose(): void {
    this.controller?.abort();
  }
}

/** One listener a connection, however many requests it carries at once. */
function requestsOf(socket: Socket): Set<RequestConnection> {
  const known = unanswered.get(socket);
  if (known !== undefined) return known;
  const requests = new Set<RequestConnection>();
  unanswered.set(socket, requests);
  socket.once('close', () => {
    for (const request of requests) request.lose();
    requests.clear();
  });
  return requests;
}
