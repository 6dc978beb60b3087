import { performance } from 'node:perf_hooks';
import type { Subscription } from 'rxjs';
import type { NodeId } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { FrameError } from '../frame/frame-error.js';
import { decodeValue, encodeValue } from '../frame/message-pack.js';
import {
  MESSAGE_BYTES_MAX,
  NAME_LENGTH_MAX,
  REQUESTS_IN_FLIGHT_MAX,
  REQUEST_TIMEOUT_MS_MAX,
  UNSENT_BYTES_MAX,
} from '../limits.js';
import { TransportError, type RemoteError } from '../transport-error.js';
import { TurnBatch } from '../frame/turn-batch.js';
import { isRecord } from '../wire/wire-value.js';
import {
  isReplyBatch,
  PATTERNS,
  REPLY_STATUS,
  type WireReply,
  type WireRequest,
} from '../wire/wire-message.js';
import type { ChannelClient } from './channel-client.js';
import type { ChannelSender } from './channel-sender.js';

/** A request without a reply, from `send` until it settles. */
interface PendingRequest {
  readonly id: number;
  readonly method: string;
  readonly body: Uint8Array;
  readonly deadlineAt: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: TransportError) => void;
  /** From here on nobody can say that it was not delivered. */
  written: boolean;
}

/** Bytes of a request besides its body and method. */
const REQUEST_OVERHEAD_BYTES = 24;

/**
 * Sends requests over one connection, those of one turn of the event loop in one frame, and
 * settles them by the stream of replies. Each request settles exactly once: by its reply, its
 * deadline or the end of the connection, whichever comes first.
 */
export class RequestSender implements ChannelSender {
  readonly #client: ChannelClient;
  readonly #peer: NodeId;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #batch = new TurnBatch<PendingRequest>('turn', (requests) => this.#write(requests));
  readonly #replies: Subscription;
  #lastId = 0;

  constructor(client: ChannelClient, peer: NodeId) {
    this.#client = client;
    this.#peer = peer;
    this.#replies = client.send<unknown>(PATTERNS.replies, {}).subscribe({
      next: (batch) => this.#settleAll(batch),
      error: () => client.destroy(),
      complete: () => client.destroy(),
    });
  }

  /** @returns the decoded reply; rejects with a `TransportError`. */
  send(method: string, value: unknown, timeoutMs: number): Promise<unknown> {
    invariant(method.length <= NAME_LENGTH_MAX, 'RequestSender: a short method', { method });
    const refusal = this.#refusal(timeoutMs);
    if (refusal !== undefined) return Promise.reject(this.#notSent(refusal));
    let body: Buffer;
    try {
      body = encodeValue(value);
    } catch (error) {
      return Promise.reject(this.#notSent('the body cannot be encoded', { cause: error }));
    }
    const bytes = body.length + method.length + REQUEST_OVERHEAD_BYTES;
    if (body.length > MESSAGE_BYTES_MAX) {
      return Promise.reject(this.#notSent(`the body has ${body.length} bytes`));
    }
    if (this.#client.unsentBytes + this.#batch.bytes + bytes > UNSENT_BYTES_MAX) {
      return Promise.reject(this.#notSent('too many bytes wait to be sent'));
    }
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      const id = this.#lastId;
      const limitedMs = Math.min(timeoutMs, REQUEST_TIMEOUT_MS_MAX);
      const timer = setTimeout(() => this.#timedOut(id), limitedMs);
      const deadlineAt = performance.now() + limitedMs;
      const pending = { id, method, body, deadlineAt, timer, resolve, reject, written: false };
      this.#pending.set(id, pending);
      this.#batch.push(pending, bytes);
    });
  }

  disconnected(): void {
    this.#replies.unsubscribe();
    for (const pending of this.#pending.values()) {
      this.#reject(pending, `the connection to ${this.#peer} was lost`);
    }
  }

  #refusal(timeoutMs: number): string | undefined {
    invariant(!Number.isNaN(timeoutMs), 'RequestSender: a timeout is a number');
    if (timeoutMs <= 0) return 'the deadline has passed';
    if (!this.#client.open) return 'not connected';
    if (this.#pending.size >= REQUESTS_IN_FLIGHT_MAX) return 'too many requests are in flight';
    return undefined;
  }

  #write(batch: readonly PendingRequest[]): void {
    // A request that has timed out or lost its connection while it waited is left out.
    const due = batch.filter(({ id }) => this.#pending.has(id));
    if (due.length === 0 || !this.#client.open) return;
    const now = performance.now();
    const requests = due.map((pending): WireRequest => {
      pending.written = true;
      const budgetMs = Math.max(0, Math.floor(pending.deadlineAt - now));
      return [pending.id, pending.method, budgetMs, pending.body];
    });
    this.#client.emitNow(PATTERNS.requests, requests);
  }

  #timedOut(id: number): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) this.#reject(pending, `${this.#peer} did not reply in time`);
  }

  /** Ends a request without a reply: by what may have happened to it, not by what went wrong. */
  #reject(pending: PendingRequest, reason: string): void {
    this.#forget(pending);
    pending.reject(
      pending.written
        ? TransportError.outcomeUnknown(`${pending.method}: ${reason}`)
        : this.#notSent(reason),
    );
  }

  #settleAll(batch: unknown): void {
    if (!isReplyBatch(batch)) {
      this.#client.destroy(new FrameError('a batch of replies that is none'));
      return;
    }
    for (const reply of batch) this.#settle(reply);
  }

  /** A reply that nobody waits for any more is left out. */
  #settle([id, status, payload]: WireReply): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    switch (status) {
      case REPLY_STATUS.ok:
      case REPLY_STATUS.error:
        return this.#settleByPayload(pending, status, payload);
      case REPLY_STATUS.refused:
        this.#forget(pending);
        return pending.reject(this.#notSent(`${this.#peer} has too many requests in flight`));
      case REPLY_STATUS.dropped:
        return this.#reject(pending, `the reply of ${this.#peer} was dropped`);
    }
  }

  #settleByPayload(pending: PendingRequest, status: 0 | 1, payload: Uint8Array): void {
    let value: unknown;
    try {
      value = decodeValue(payload);
    } catch {
      return this.#reject(pending, `the reply of ${this.#peer} is malformed`);
    }
    this.#forget(pending);
    if (status === REPLY_STATUS.ok) pending.resolve(value);
    else pending.reject(TransportError.fromRemote(parseRemoteError(value)));
  }

  #forget(pending: PendingRequest): void {
    clearTimeout(pending.timer);
    this.#pending.delete(pending.id);
  }

  #notSent(reason: string, options?: ErrorOptions): TransportError {
    return TransportError.notSent(`no request to ${this.#peer}: ${reason}`, options);
  }
}

function parseRemoteError(value: unknown): RemoteError {
  if (!isRecord(value)) return { code: 'INTERNAL', message: 'a malformed error' };
  const { code, message, data } = value;
  if (typeof code !== 'string' || typeof message !== 'string') {
    return { code: 'INTERNAL', message: 'a malformed error' };
  }
  return 'data' in value ? { code, message, data } : { code, message };
}
