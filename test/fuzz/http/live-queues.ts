import type { JsonObject, RequestParts } from '../cases/request-case.js';
import { targetOf } from '../cases/request-case.js';
import { LIVE_HOLDS_MAX } from '../limits.js';

interface LiveMessage {
  readonly topic: string;
  readonly id: string;
}

interface Delivery {
  readonly topic: string;
  readonly group: string;
  readonly receipts: readonly string[];
}

const TOPIC_PATTERN = /^(?:http:\/\/fuzz)?\/v1\/queues\/([^/?#]+)/;
const DEAD_LETTERS = '.dead';
const RECEIPTS_SENT_MAX = 20;

/** Topics, messages and deliveries that the requests so far have, or may have, brought about. */
export class LiveQueues {
  /** Topics that a request which may have been done has named. */
  private readonly named = new Set<string>();
  private readonly messages: LiveMessage[] = [];
  private readonly deliveries: Delivery[] = [];
  /** Receipts that were answered with something else than `stale`. */
  settled = 0;

  /** The request with a topic, message or delivery that there is, or was lately. */
  enlivened(parts: RequestParts, selector: number): RequestParts {
    const { operation, path, body } = parts;
    if (body !== undefined && 'receipts' in body) {
      const found = this.deliveries[selector % Math.max(1, this.deliveries.length)];
      if (found === undefined) return parts;
      const { topic, group, receipts } = found;
      return { ...parts, path: { ...path, topic, group }, body: { ...body, receipts } };
    }
    const message = this.messages[selector % Math.max(1, this.messages.length)];
    if (message === undefined || !('topic' in path)) return parts;
    const { topic, id } = message;
    if ('id' in path) return { ...parts, path: { ...path, topic, id } };
    const isToId = operation.id === 'seekGroup' && selector % 2 === 0;
    return { ...parts, path: { ...path, topic }, ...(isToId ? { body: { to: { id } } } : {}) };
  }

  /** Takes note of an answer with status 200 or 201. */
  succeeded(parts: RequestParts, answer: unknown): void {
    this.mayHaveHappened(parts);
    const { operation, path, target } = parts;
    const { topic = '', group = '' } = path;
    if (target !== undefined) return;
    if (operation.id === 'publishMessages') {
      for (const id of textsIn(answer, 'messages', 'id')) keep(this.messages, { topic, id });
    }
    if (operation.id === 'receiveMessages') {
      const receipts = textsIn(answer, 'messages', 'receipt').slice(0, RECEIPTS_SENT_MAX);
      if (receipts.length > 0) keep(this.deliveries, { topic, group, receipts });
    }
    const statuses = textsIn(answer, 'results', 'status');
    this.settled += statuses.filter((status) => status !== 'stale').length;
  }

  /** Takes note of a request that may or may not have been done. */
  mayHaveHappened(parts: RequestParts): void {
    const [, encoded] = TOPIC_PATTERN.exec(parts.target ?? targetOf(parts)) ?? [];
    if (encoded !== undefined) this.named.add(decoded(encoded));
  }

  /** Whether a request may have made a topic; those of dead letters make themselves. */
  mayExist(topic: string): boolean {
    if (this.named.has(topic)) return true;
    return topic.endsWith(DEAD_LETTERS) && this.named.has(topic.slice(0, -DEAD_LETTERS.length));
  }
}

function keep<Item>(list: Item[], item: Item): void {
  list.push(item);
  if (list.length > LIVE_HOLDS_MAX) list.shift();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The texts in one member of each item of a list. */
function textsIn(answer: unknown, list: string, member: string): readonly string[] {
  if (!isObject(answer)) return [];
  const items = answer[list];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const value = isObject(item) ? item[member] : undefined;
    return typeof value === 'string' ? [value] : [];
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
