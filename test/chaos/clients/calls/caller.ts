import { setTimeout as sleep } from 'node:timers/promises';
import type { Prng } from '../../../simulation/random/prng.js';
import { TRIES_MAX, TRY_PAUSE_MS } from '../../limits.js';
import type { ApiRequest, Call, Try } from './call.js';
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
