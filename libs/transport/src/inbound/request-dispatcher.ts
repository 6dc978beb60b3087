import { Injectable, Logger } from '@nestjs/common';
import type { NodeId } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { decodeValue, encodeValue } from '../frame/message-pack.js';
import { MESSAGE_BYTES_MAX, NAME_LENGTH_MAX } from '../limits.js';
import { stopOnViolation } from '../stop-on-violation.js';
import type { RemoteError } from '../transport-error.js';
import { REPLY_STATUS, type RequestBatch, type WireRequest } from '../wire/wire-message.js';
import type { InboundSession } from './inbound-session.js';

export interface RequestContext {
  /** Milliseconds that were left of the caller's deadline when the request arrived. */
  readonly deadlineMs: number;
}

/**
 * Answers a request, at once or by a promise. What it throws reaches the caller as `TransportError` `REMOTE`: an error with
 * a string `code` with its code, message and `data`, anything else as `INTERNAL`.
 */
export type RequestHandler = (from: NodeId, body: unknown, context: RequestContext) => unknown;

/** Who may ask for a method: peers, or guests too (see `InboundPeers`). */
export type Askers = 'peers' | 'guests';

interface Registered {
  readonly handler: RequestHandler;
  readonly askers: Askers;
}

/** Knows the handler of each method, and carries its result or error back. */
@Injectable()
export class RequestDispatcher {
  readonly #handlers = new Map<string, Registered>();
  readonly #logger = new Logger('PeerTransport');

  register(method: string, handler: RequestHandler, askers: Askers): void {
    invariant(method.length <= NAME_LENGTH_MAX, 'RequestDispatcher: a short method', { method });
    invariant(!this.#handlers.has(method), 'RequestDispatcher: one handler a method', { method });
    this.#handlers.set(method, { handler, askers });
  }

  dispatch(session: InboundSession, batch: RequestBatch): void {
    for (const request of batch) {
      if (session.begin()) this.#handle(session, request);
      else session.refuse(request[0]);
    }
  }

  #handle(session: InboundSession, [id, method, budgetMs, bytes]: WireRequest): void {
    const registered = this.#handlers.get(method);
    if (registered === undefined) {
      const message = `there is no method ${method}`;
      return this.#replyError(session, id, { code: 'UNKNOWN_METHOD', message });
    }
    if (session.guest && registered.askers !== 'guests') {
      const message = `${session.identity.nodeId} is no member and may not ask for ${method}`;
      return this.#replyError(session, id, { code: 'NOT_A_PEER', message });
    }
    let body: unknown;
    try {
      body = decodeValue(bytes);
    } catch {
      return this.#replyError(session, id, { code: 'MALFORMED', message: 'the body is malformed' });
    }
    let result: unknown;
    try {
      result = registered.handler(session.identity.nodeId, body, { deadlineMs: budgetMs });
    } catch (error) {
      return this.#fail(session, id, method, error);
    }
    if (!(result instanceof Promise)) return this.#reply(session, id, method, result);
    result.then(
      (value: unknown) => this.#reply(session, id, method, value),
      (error: unknown) => this.#fail(session, id, method, error),
    );
  }

  #reply(session: InboundSession, id: number, method: string, result: unknown): void {
    let payload: Buffer;
    try {
      payload = encodeValue(result);
    } catch (error) {
      return this.#fail(session, id, method, error);
    }
    if (payload.length > MESSAGE_BYTES_MAX) {
      const message = `the reply of ${method} has ${payload.length} bytes`;
      return this.#replyError(session, id, { code: 'REPLY_TOO_LARGE', message });
    }
    session.finish(id, REPLY_STATUS.ok, payload);
  }

  #fail(session: InboundSession, id: number, method: string, error: unknown): void {
    const remote = remoteError(error);
    if (remote.code === 'INTERNAL' && !stopOnViolation(error)) {
      this.#logger.error({ error, method }, 'request handler');
    }
    this.#replyError(session, id, remote);
  }

  #replyError(session: InboundSession, id: number, remote: RemoteError): void {
    session.finish(id, REPLY_STATUS.error, encodeRemoteError(remote));
  }
}

function remoteError(error: unknown): RemoteError {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return { code: 'INTERNAL', message: 'the peer failed on this request' };
  }
  const { code, message } = error;
  return 'data' in error ? { code, message, data: error.data } : { code, message };
}

function encodeRemoteError(remote: RemoteError): Buffer {
  try {
    const bytes = encodeValue(remote);
    if (bytes.length <= MESSAGE_BYTES_MAX) return bytes;
  } catch {
    // The data cannot travel; the code still tells the caller what happened.
  }
  return encodeValue({ code: remote.code, message: remote.message.slice(0, 1024) });
}
