import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The connection that a request came on, as long as its answer is not written out. */
export interface ClientConnection {
  /**
   * Aborted when the connection closes before the answer was written out completely; never
   * afterwards.
   */
  readonly gone: AbortSignal;
  /** Calls `listener` as `gone` would, at once when it is aborted already; cheaper than the signal. */
  onGone(listener: () => void): void;
}

/** Requests whose answers are still to be written, by connection. */
const unanswered = new WeakMap<Socket, Set<RequestConnection>>();

/**
 * Watches a connection for one of its requests, from the first question on: requests that never ask
 * pay nothing.
 */
export class RequestConnection implements ClientConnection {
  private controller: AbortController | undefined;
  private listeners: (() => void)[] | undefined;
  private lost = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  get gone(): AbortSignal {
    if (this.controller === undefined) {
      const controller = new AbortController();
      this.controller = controller;
      this.onGone(() => controller.abort());
    }
    return this.controller.signal;
  }

  onGone(listener: () => void): void {
    if (this.listeners === undefined) {
      this.listeners = [];
      this.watch();
    }
    if (this.lost) listener();
    else this.listeners.push(listener);
  }

  /** The connection is closed, and the answer was not written out. */
  lose(): void {
    this.lost = true;
    for (const listener of this.listeners?.splice(0) ?? []) listener();
  }

  private watch(): void {
    if (this.response.writableFinished) return;
    // The response of a pipelined request has no socket before its turn, and then hears nothing.
    const { socket } = this.request;
    if (socket.destroyed) {
      this.lose();
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
