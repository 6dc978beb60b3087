import type { DeliveryReceipts, MessageNote, SeekTarget } from '../core/commands/topic-command.js';
import {
  DEFAULT_TOPIC_CONFIGURATION,
  type TopicConfiguration,
} from '../core/commands/topic-configuration.js';
import type {
  GroupView,
  MessageStateInGroup,
  MessageView,
  PendingPage,
  PendingView,
  TopicQuery,
  TopicView,
} from '../core/commands/topic-query.js';
import type { Presented, StoredPart, TopicResult } from '../core/commands/topic-result.js';
import { messageId } from '../core/message/message-id.js';
import { packMessages, unpackMessages } from '../core/message/packed-messages.js';
import { messagePackCodec } from '../testing/record-codec.js';
import type { ChangeOptions, TopicAnswer, TopicChange } from '../store/topic-store.js';
import type { StoreUnderTest } from './store-under-test.js';

export interface Draft extends Omit<MessageNote, 'offset'> {
  readonly value: string;
  readonly priority?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes to fill it up with. */
  readonly padding?: number;
}

/** A message as a consumer has it. */
export interface Handed {
  readonly id: string;
  readonly value: string;
  readonly priority: number;
  readonly key: string | null;
  readonly deliveries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly publishedAtMs: number;
  readonly visibleAtMs: number;
  readonly receipt: DeliveryReceipts;
}

interface ReceiveOptions {
  readonly max?: number;
  readonly consumer?: string;
  readonly visibilityMs?: number;
}

interface NackOptions {
  readonly delayMs?: number;
  readonly reason?: string;
  readonly deadLetter?: boolean;
}

const DEADLINE_MS = 60_000;
const CODEC = messagePackCodec();

/** Asks a store what clients ask, in fewer words. */
export class TopicsUser {
  constructor(readonly bench: StoreUnderTest) {}

  async change(change: TopicChange, options: Partial<ChangeOptions> = {}): Promise<TopicResult> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    return (await this.bench.store.change(change, { deadlineMs, ...options })).result;
  }

  /** @returns the status of the answer. */
  async status(change: TopicChange): Promise<string> {
    return (await this.change(change)).status;
  }

  async configure(topic: string, some: Partial<TopicConfiguration>): Promise<TopicResult> {
    const configuration = { ...DEFAULT_TOPIC_CONFIGURATION, ...some };
    return this.change({ kind: 'configure', topic, configuration });
  }

  /** @returns ids, with a `=` before those of duplicates. */
  async publish(topic: string, ...drafts: readonly (string | Draft)[]): Promise<string[]> {
    const result = await this.tryPublish(topic, ...drafts);
    if (result.status !== 'published') throw new Error(`not published: ${result.status}`);
    const { topicId, first, count, duplicates } = result;
    return Array.from({ length: count }, (_, offset) => {
      const duplicate = duplicates.find(([at]) => at === offset);
      if (duplicate === undefined) return messageId(topicId, first + offset);
      return `=${messageId(topicId, duplicate[1])}`;
    });
  }

  async tryPublish(topic: string, ...given: readonly (string | Draft)[]): Promise<TopicResult> {
    const drafts = given.map((draft) => (typeof draft === 'string' ? { value: draft } : draft));
    const priorities = [...new Set(drafts.map(priorityOf))];
    const parts = priorities.map((priority) => {
      const offsets = [...drafts.keys()].filter((at) => priorityOf(drafts[at]) === priority);
      const messages = offsets.map((at) => packed(drafts[at]));
      return { priority, offsets, ...packMessages(CODEC, messages) };
    });
    const notes = drafts.map((draft, offset): MessageNote => {
      const { value: _value, priority: _priority, headers: _headers, padding: _, ...note } = draft;
      return { ...note, offset };
    });
    const told = notes.filter((note) => Object.keys(note).length > 1);
    return this.change({ kind: 'publish', topic, count: drafts.length, parts, notes: told });
  }

  async receive(topic: string, group: string, options: ReceiveOptions = {}): Promise<Handed[]> {
    const { max = 100, consumer = null, visibilityMs = null } = options;
    const command = { kind: 'receive' as const, topic, group, consumer, max, visibilityMs };
    const result = await this.change(command);
    if (result.status !== 'received') throw new Error(`not received: ${result.status}`);
    const { topicId, groupId, deliveryId, visibleAtMs, messages } = result;
    const bodies = bodiesIn('bodies' in result ? (result as Presented).bodies : []);
    return messages.map(({ sequence, priority, key, deliveries }) => {
      const body = bodies.get(sequence);
      if (body === undefined) throw new Error(`message ${sequence} came without its body`);
      const receipt = { topicId, groupId, deliveryId, sequences: [sequence] };
      const id = messageId(topicId, sequence);
      return { id, priority, key, deliveries, visibleAtMs, receipt, ...body };
    });
  }

  /** @returns the values, in the order in which they came. */
  async values(topic: string, group: string, options: ReceiveOptions = {}): Promise<string[]> {
    return (await this.receive(topic, group, options)).map(({ value }) => value);
  }

  /** @returns what became of each: `acked` or `stale`. */
  async ack(topic: string, group: string, handed: readonly Handed[]): Promise<string[]> {
    return this.settled(handed, { kind: 'ack', topic, group, receipts: receiptsOf(handed) });
  }

  async nack(
    topic: string,
    group: string,
    handed: readonly Handed[],
    { delayMs, reason, deadLetter = false }: NackOptions = {},
  ): Promise<string[]> {
    return this.settled(handed, {
      kind: 'nack',
      topic,
      group,
      receipts: receiptsOf(handed),
      delayMs: delayMs ?? null,
      reason: reason ?? null,
      deadLetter,
    });
  }

  async giveBack(topic: string, group: string, handed: readonly Handed[]): Promise<string[]> {
    return this.settled(handed, { kind: 'return', topic, group, receipts: receiptsOf(handed) });
  }

  async extend(
    topic: string,
    group: string,
    handed: readonly Handed[],
    visibilityMs: number,
  ): Promise<string[]> {
    const receipts = receiptsOf(handed);
    return this.settled(handed, { kind: 'extend', topic, group, receipts, visibilityMs });
  }

  async seek(topic: string, group: string, to: SeekTarget): Promise<string> {
    return this.status({ kind: 'seek', topic, group, to });
  }

  async createGroup(topic: string, group: string, from: 'earliest' | 'latest'): Promise<string> {
    return this.status({ kind: 'create-group', topic, group, from });
  }

  async redrive(topic: string, max = 100, to: string | null = null): Promise<number> {
    const result = await this.change({ kind: 'redrive', topic, max, to });
    if (result.status !== 'redriven') throw new Error(`not redriven: ${result.status}`);
    return result.moved;
  }

  async query(query: TopicQuery): Promise<TopicAnswer> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    return this.bench.store.query(query, { deadlineMs, consistency: 'linearizable' });
  }

  async topic(topic: string): Promise<TopicView> {
    return (await this.query({ kind: 'topic', topic })) as TopicView;
  }

  async group(topic: string, group: string): Promise<GroupView> {
    return (await this.query({ kind: 'group', topic, group })) as GroupView;
  }

  /** How many messages of a group are ready, delayed and in flight. */
  async counts(topic: string, group: string): Promise<readonly number[]> {
    const { ready, delayed, inFlight } = await this.group(topic, group);
    return [ready, delayed, inFlight];
  }

  async pending(topic: string, group: string): Promise<readonly PendingView[]> {
    const query = { kind: 'pending', topic, group, consumer: null, after: null } as const;
    return ((await this.query({ ...query, limit: 100 })) as PendingPage).pending;
  }

  async message(topic: string, id: string): Promise<MessageView> {
    return (await this.query({ kind: 'message', topic, id })) as MessageView;
  }

  async stateOf(
    topic: string,
    id: string,
    group: string,
  ): Promise<MessageStateInGroup | undefined> {
    return (await this.message(topic, id)).groups.find((state) => state.group === group);
  }

  /** The values that stand in a topic, in publish order. */
  async stored(topic: string): Promise<string[]> {
    const query = { kind: 'messages', topic, group: null, state: null, after: null } as const;
    const page = (await this.query({ ...query, limit: 1_000 })) as unknown as {
      readonly messages: readonly { readonly sequence: number }[];
      readonly bodies: readonly StoredPart[];
    };
    const bodies = bodiesIn(page.bodies);
    return page.messages.map(({ sequence }) => bodies.get(sequence)?.value ?? 'no body');
  }

  private async settled(handed: readonly Handed[], change: TopicChange): Promise<string[]> {
    const result = await this.change(change);
    if (result.status !== 'settled') throw new Error(`not settled: ${result.status}`);
    return handed.map((_, at) => (result.stale.includes(at) ? 'stale' : 'acked'));
  }
}

function receiptsOf(handed: readonly Handed[]): DeliveryReceipts[] {
  return handed.map(({ receipt }) => receipt);
}

function priorityOf(draft: Draft | undefined): number {
  return draft?.priority ?? 4;
}

function packed(draft: Draft | undefined) {
  const { value = '', headers, padding = 0 } = draft ?? {};
  const body = Buffer.from(JSON.stringify(padding === 0 ? value : value.padEnd(padding, ' ')));
  return {
    bodyKind: 'json' as const,
    body,
    headers: headers === undefined ? null : JSON.stringify(headers),
  };
}

function bodiesIn(parts: readonly StoredPart[]) {
  const bodies = new Map<number, Pick<Handed, 'value' | 'headers' | 'publishedAtMs'>>();
  for (const { packed: bytes, places, publishedAtMs } of parts) {
    const messages = unpackMessages(CODEC, bytes);
    for (const [sequence, place] of places) {
      const message = messages[place];
      if (message === undefined) continue;
      const value = (JSON.parse(Buffer.from(message.body).toString()) as string).trimEnd();
      const headers = JSON.parse(message.headers ?? '{}') as Record<string, string>;
      bodies.set(sequence, { value, headers, publishedAtMs });
    }
  }
  return bodies;
}
