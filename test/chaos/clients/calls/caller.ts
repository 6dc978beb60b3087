import { setTimeout as sleep } from 'node:timers/promises';
import type { Prng } from '../../../simulation/random/prng.js';
import { TRIES_MAX, TRY_PAUSE_MS } from '../../limits.js';
import type { ApiRequest, Call, Try, TryResult } from './call.js';
import type { EventStream } from './event-stream.js';
import type { HttpExchange } from './http-exchange.js';
import { isUnsure, outcomeOf } from './outcome.js';

export interface CallerOptions {
  readonly client: string;
  readonly random: Prng;
  /** The nodes to choose from at this moment. */
  readonly nodes: () => readonly HttpExchange[];
  /** Milliseconds since the start of the run. */
  readonly now: () => number;
  readonly record: (call: Call) => void;
}

/** The head of a stream of events. */
const OPENED: TryResult = {
  kind: 'answered',
  status: 200,
  code: null,
  body: null,
  replayed: false,
};

/** Calls as a client would: each at a node of its choice, and again when the answer is unsure. */
export class Caller {
  private keys = 0;

  constructor(private readonly options: CallerOptions) {}

  get client(): string {
    return this.options.client;
  }

  /** One try at one node; an unsure answer stays unsure. */
  async once(request: ApiRequest): Promise<Call> {
    return await this.call(request, null, 1);
  }

  /** Repeats at other nodes under one Idempotency-Key until there is an answer, or for too long. */
  async surely(request: ApiRequest): Promise<Call> {
    this.keys += 1;
    return await this.call(request, `${this.options.client}-${this.keys}`, TRIES_MAX);
  }

  /** One or the other, drawn. */
  async either(request: ApiRequest): Promise<Call> {
    return this.options.random.permille(500)
      ? await this.surely(request)
      : await this.once(request);
  }

  /** Server-Sent Events from a node of its choice; null: there are none. */
  async open(request: ApiRequest): Promise<EventStream | null> {
    const { client, random, record, now, nodes } = this.options;
    const node = random.pick(nodes());
    const invokedAt = now();
    const opened = await node.open(request, now);
    const result: TryResult = opened.kind === 'open' ? OPENED : opened.result;
    const returnedAt = now();
    const tries = [{ node: node.nodeId, sentAt: invokedAt, endedAt: returnedAt, result }];
    const outcome = outcomeOf(tries);
    record({ client, request, idempotencyKey: null, tries, invokedAt, returnedAt, outcome });
    return opened.kind === 'open' ? opened.events : null;
  }

  private async call(request: ApiRequest, key: string | null, triesMax: number): Promise<Call> {
    const { client, random, record, now } = this.options;
    const invokedAt = now();
    const tries: Try[] = [];
    while (tries.length < triesMax) {
      if (tries.length > 0) await sleep(random.integer(...TRY_PAUSE_MS));
      const attempt = await this.attempt(request, key, tries.at(-1)?.node);
      tries.push(attempt);
      if (!isUnsure(attempt.result)) break;
    }
    const outcome = outcomeOf(tries);
    const call = {
      client,
      request,
      idempotencyKey: key,
      tries,
      invokedAt,
      returnedAt: now(),
      outcome,
    };
    record(call);
    return call;
  }

  private async attempt(
    request: ApiRequest,
    key: string | null,
    failedAt: string | undefined,
  ): Promise<Try> {
    const { random, nodes, now } = this.options;
    const all = nodes();
    const others = all.filter(({ nodeId }) => nodeId !== failedAt);
    const node = random.pick(others.length > 0 ? others : all);
    const sentAt = now();
    const result = await node.send(request, key);
    return { node: node.nodeId, sentAt, endedAt: now(), result };
  }
}
