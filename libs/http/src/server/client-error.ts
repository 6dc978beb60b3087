import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NodeId } from '@sinkron/config';
import { HEADER_BYTES_MAX, LINGER_MS, URI_BYTES_MAX } from '../limits.js';
import { ProblemError, validationFailed } from '../problem/problem-error.js';
import { badUrl, uriTooLong } from '../problem/problem-of.js';
import { PROBLEM_MEDIA_TYPE } from '../problem/problem-reply.js';
import { requestIdOf } from './request-id.js';

const LONG_URL_PATTERN = new RegExp(`^[A-Z-]+ [^ \\r\\n]{${URI_BYTES_MAX + 1}}`);

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What Node adds to an error of its HTTP parser. */
export interface ClientError extends Error {
  readonly code?: string;
  /** The bytes that the parser could not read. */
  readonly rawPacket?: unknown;
}

/**
 * Answers requests that no route ever sees, because Node cannot read them or they come too slowly:
 * a problem on the bare socket, which is then closed.
 */
export class ClientErrorResponder {
  /** The newest exchange of each connection, to tell whose request an error belongs to. */
  private readonly newest = new WeakMap<Socket, Exchange>();
  /** Connections that have their answer and are about to be closed. */
  private readonly answered = new WeakSet<Socket>();

  constructor(private readonly nodeId: NodeId) {}

  /** Begins to watch a server. */
  observe(server: Server): void {
    server.prependListener('request', (request, response) => {
      this.newest.set(request.socket, { request, response });
    });
    // An expectation that is not known may be ignored (RFC 9110 §10.1.1); Node would answer 417.
    server.on('checkExpectation', (request, response) => {
      server.emit('request', request, response);
    });
    // Node closes the connection of a CONNECT that nobody listens for without a word.
    server.on('connect', (request, socket) => {
      const problem = new ProblemError('METHOD_NOT_ALLOWED', 'this is not a proxy', {
        headers: { allow: 'GET, HEAD' },
      });
      socket.end(this.message(problem, requestIdOf(request)));
    });
  }

  respond(error: ClientError, socket: Socket): void {
    // Every further packet is an error too. Closing now would reset the connection of a sender
    // that goes on, and a reset can overtake the answer.
    if (this.answered.has(socket)) return;
    if (!socket.writable || error.code === 'ECONNRESET' || !this.mayAnswer(socket)) {
      socket.destroy();
      return;
    }
    const request = this.newest.get(socket)?.request;
    const id = requestIdOf(request?.complete === false ? request : { headers: {} });
    this.answered.add(socket);
    socket.end(this.message(problemOfClientError(error), id));
    const linger = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(linger));
  }

  /**
   * An answer now must not be taken for the answer to an earlier request of the connection that is
   * still being worked on: a refusal says that nothing happened.
   */
  private mayAnswer(socket: Socket): boolean {
    const exchange = this.newest.get(socket);
    if (exchange === undefined || exchange.response.writableEnded) return true;
    const waitsForEarlier = exchange.response.socket === null;
    return !exchange.request.complete && !exchange.response.headersSent && !waitsForEarlier;
  }

  private message(problem: ProblemError, requestId: string): string {
    const body = JSON.stringify(problem.details());
    return [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      `x-sinkron-node: ${this.nodeId}`,
      ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
      'connection: close',
      '',
      body,
    ].join('\r\n');
  }
}

function problemOfClientError(error: ClientError): ProblemError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return beginsWithLongUrl(error)
        ? uriTooLong()
        : new ProblemError(
            'HEADERS_TOO_LARGE',
            `the headers are larger than ${HEADER_BYTES_MAX} bytes together`,
          );
    case 'HPE_INVALID_URL':
      return badUrl();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ProblemError('REQUEST_TIMEOUT', 'the request did not arrive in time');
    case undefined:
    default:
      return validationFailed([{ field: 'request', message: 'must be HTTP/1.1' }]);
  }
}

/**
 * Whether the bytes that were too many are a first line and not headers. They begin where the
 * parser was given them, which for all but hostile senders is where the request begins.
 */
function beginsWithLongUrl({ rawPacket }: ClientError): boolean {
  return Buffer.isBuffer(rawPacket) && LONG_URL_PATTERN.test(rawPacket.toString('latin1'));
}
