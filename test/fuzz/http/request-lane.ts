import type { RealCluster } from '../../support/real-cluster.js';
import { requestOf, type RequestCase, type RequestParts } from '../cases/request-case.js';
import { ANSWER_SLACK_MS, AWAITED_WAIT_MS_MAX, LEAVE_MS, TIMEOUT_MS_DEFAULT } from '../limits.js';
import { bytesOf, headerValues, shellCommand, type HttpRequest } from '../wire/http-request.js';
import { WireConnection, type Outcome } from '../wire/wire-connection.js';
import { bodyOf, resultOf, type Judge } from './judge.js';
import type { LiveState } from './live-state.js';
import type { Tally } from './tally.js';

/** What the requests of a run have in common. */
export interface LaneContext {
  readonly cluster: RealCluster;
  readonly judge: Judge;
  readonly state: LiveState;
  readonly tally: Tally;
}

/** How long a client waits for its answer. */
interface Patience {
  readonly ms: number;
  /** It goes away when there is no answer then; otherwise that is a fault. */
  readonly leaves: boolean;
}

/** One request after the other, on a connection to each node that is kept as long as possible. */
export class RequestLane {
  private readonly connections = new Map<number, WireConnection>();

  constructor(private readonly context: LaneContext) {}

  /** @throws Error that says what is wrong with the answer and how to send the request again. */
  async run({ node, parts: right, live, twist }: RequestCase): Promise<void> {
    const { cluster, judge, state, tally } = this.context;
    const enlivened = state.enlivened(right, live);
    const parts = twist === null ? enlivened : twist.apply(enlivened);
    const expectation = twist === null ? ({ kind: 'valid' } as const) : twist.expectation;
    const request = requestOf(parts);
    const server = cluster.node(node);
    const outcome = await this.exchange(node, request, patienceFor(parts));
    const faults = this.faultsOf(outcome, parts, request);
    if (outcome.kind === 'answered') {
      const { answer } = outcome;
      const { nodeId } = server;
      faults.push(...judge.faults({ request, answer, nodeId, expectation }));
      tally.add(parts.operation.id, resultOf(answer));
      if (answer.status === 200 || answer.status === 201) state.succeeded(parts, bodyOf(answer));
      if (answer.status === 504) state.mayHaveHappened(parts);
    }
    if (server.pid === undefined) faults.push(`${server.nodeId} has died`);
    if (faults.length === 0) return;
    const port = Number(new URL(server.httpUrl).port);
    const what = twist === null ? 'a valid request' : `${twist.label} (${expectation.kind})`;
    throw new Error(
      [`${parts.operation.id}, ${what}:`, ...faults, shellCommand(port, request)].join('\n  '),
    );
  }

  close(): void {
    for (const connection of this.connections.values()) connection.destroy();
  }

  private faultsOf(outcome: Outcome, parts: RequestParts, request: HttpRequest): string[] {
    const { state, tally } = this.context;
    switch (outcome.kind) {
      case 'answered':
        return [];
      case 'left':
        tally.add(parts.operation.id, 'the client left');
        state.mayHaveHappened(parts);
        return patienceFor(parts).leaves ? [] : ['there was no answer in time'];
      case 'closed':
        state.mayHaveHappened(parts);
        // What comes behind a request and is no HTTP ends the connection, maybe before its answer.
        if (!endsWhereItSays(request)) return [];
        return [`the connection was closed after ${outcome.bytesBefore} bytes of an answer`];
      case 'broken':
        return [outcome.error.message];
    }
  }

  private async exchange(
    node: number,
    request: HttpRequest,
    { ms, leaves }: Patience,
  ): Promise<Outcome> {
    const kept = this.connections.get(node);
    const isKept = kept !== undefined && !kept.closed;
    const connection = isKept ? kept : this.connect(node);
    if (connection.strayBytes > 0) {
      this.connections.delete(node);
      return { kind: 'broken', error: new Error('bytes that no request has asked for') };
    }
    connection.write(bytesOf(request));
    const outcome = await connection.answer(request.method === 'HEAD', ms);
    // An idle connection may be closed by the server at the moment in which it is used again.
    if (outcome.kind === 'closed' && outcome.bytesBefore === 0 && isKept) {
      this.connections.delete(node);
      return await this.exchange(node, request, { ms, leaves });
    }
    if (!mayGoOn(request, outcome)) {
      connection.destroy();
      this.connections.delete(node);
    }
    return outcome;
  }

  private connect(node: number): WireConnection {
    const { port } = new URL(this.context.cluster.node(node).httpUrl);
    const connection = new WireConnection(Number(port));
    this.connections.set(node, connection);
    return connection;
  }
}

/** Whether both sides agree where the next request begins. */
function mayGoOn(request: HttpRequest, outcome: Outcome): boolean {
  if (outcome.kind !== 'answered' || outcome.answer.endless) return false;
  return (
    endsWhereItSays(request) &&
    request.version === 'HTTP/1.1' &&
    request.method !== 'CONNECT' &&
    outcome.answer.headers.get('connection')?.[0] !== 'close' &&
    headerValues(request, 'transfer-encoding').length === 0
  );
}

function endsWhereItSays(request: HttpRequest): boolean {
  if (headerValues(request, 'transfer-encoding').length > 0) return true;
  const [length, ...more] = headerValues(request, 'content-length');
  return more.length === 0 && Number(length ?? 0) === request.body.length;
}

function patienceFor({ body, headers }: RequestParts): Patience {
  const asked = body?.['waitMs'];
  const waitMs = typeof asked === 'number' ? Math.max(0, asked) : 0;
  if (waitMs > AWAITED_WAIT_MS_MAX) return { ms: LEAVE_MS, leaves: true };
  const sent = Number(headers.find(([name]) => name === 'X-Timeout-Ms')?.[1]);
  const timeoutMs = Number.isNaN(sent) ? TIMEOUT_MS_DEFAULT : Math.min(sent, 60_000);
  return { ms: timeoutMs + waitMs + ANSWER_SLACK_MS, leaves: false };
}
