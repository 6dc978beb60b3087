import type { OutgoingHttpHeaders, Server, ServerResponse } from 'node:http';
import { invariant } from '@sinkron/invariant';
import type { FastifyReply } from 'fastify';
import { RequestConnection } from '../client/client-connection.js';
import {
  EVENT_STREAM_BEHIND_BYTES_MAX,
  EVENT_STREAM_COMMENT_INTERVAL_MS,
  EVENT_STREAM_LINGER_MS,
} from '../limits.js';
import { COMMENT_TEXT, OVERFLOW_TEXT } from './event-text.js';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // nginx would gather events otherwise.
  'x-accel-buffering': 'no',
};

const open = new WeakMap<Server, Set<EventStreamReply>>();

/**
 * An answer that goes on until one side closes it: Server-Sent Events to one reader. What the
 * reader has not taken yet waits in memory up to a limit; beyond it the stream is closed.
 */
export class EventStreamReply {
  private readonly response: ServerResponse;
  private readonly comments: NodeJS.Timeout;
  private linger: NodeJS.Timeout | undefined;
  private readonly listeners: (() => void)[] = [];
  private ended = false;

  /** Begins the answer; from now on a route can no longer refuse. */
  static open(reply: FastifyReply): EventStreamReply {
    reply.hijack();
    return new EventStreamReply(reply);
  }

  private constructor(reply: FastifyReply) {
    this.response = reply.raw;
    const streams = streamsOf(reply.server.server);
    streams.add(this);
    this.comments = setInterval(
      () => this.write(COMMENT_TEXT),
      EVENT_STREAM_COMMENT_INTERVAL_MS,
    ).unref();
    const { gone } = new RequestConnection(reply.request.raw, reply.raw);
    gone.addEventListener('abort', () => this.finish());
    this.response.once('finish', () => clearTimeout(this.linger));
    this.onEnd(() => streams.delete(this));
    this.response.writeHead(200, { ...headersOf(reply), ...HEADERS });
    this.response.flushHeaders();
    if (gone.aborted) this.finish();
  }

  /** Whether nothing more can be sent. */
  get isEnded(): boolean {
    return this.ended;
  }

  /** Calls back once, when the stream has ended on either side; at once if it already has. */
  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.listeners.push(listener);
  }

  /**
   * Sends text made by `eventText` and its like; a reader that is too far behind what was sent
   * before is closed instead.
   */
  write(text: string): void {
    if (this.ended) return;
    if (this.response.writableLength > EVENT_STREAM_BEHIND_BYTES_MAX) {
      this.response.write(OVERFLOW_TEXT);
      this.end();
      return;
    }
    this.response.write(text);
  }

  /** Whether the reader has taken what was sent, but for what the system buffers. */
  get isDrained(): boolean {
    return !this.response.writableNeedDrain;
  }

  /** Ends the stream behind what was sent; a reader that does not take it is cut off. */
  end(): void {
    if (this.ended) return;
    this.response.end();
    const { socket } = this.response;
    this.linger = setTimeout(() => socket?.destroy(), EVENT_STREAM_LINGER_MS).unref();
    this.finish();
  }

  private finish(): void {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.comments);
    for (const listener of this.listeners.splice(0)) listener();
  }
}

/** Ends the streams of a server that closes: it would wait for them for ever. */
export function endEventStreams(server: Server): void {
  for (const stream of streamsOf(server)) stream.end();
  invariant(streamsOf(server).size === 0, 'EventStreamReply: an ended stream is forgotten');
}

/** What the hooks have set: request id, node, and the headers of a careful server. */
function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

function streamsOf(server: Server): Set<EventStreamReply> {
  const streams = open.get(server) ?? new Set<EventStreamReply>();
  open.set(server, streams);
  return streams;
}
