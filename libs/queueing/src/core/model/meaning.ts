import type {
  DeliveryReceipts,
  MessageNote,
  PublishedPart,
  SeekTarget,
  TopicCommand,
} from '../commands/topic-command.js';
import { messageId } from '../message/message-id.js';
import { packMessages } from '../message/packed-messages.js';
import type { RecordCodec } from '../ports.js';
import type { Action, Draft } from './action.js';
import { GROUPS } from './action.js';
import type { ReferenceShard } from './reference/reference-shard.js';
import type { Topic } from './reference/reference-state.js';

/** A delivery that was answered, whatever became of it. */
export interface Given extends DeliveryReceipts {
  readonly topic: string;
  readonly group: string;
}

/** What actions are understood by. */
export interface Meaning {
  readonly reference: ReferenceShard;
  readonly codec: RecordCodec;
  readonly given: readonly Given[];
  readonly nowMs: number;
  /** Bodies are numbered. */
  nextBody(): number;
}

/** The command that an action is here; undefined when it means nothing. */
export function commandOf(
  action: Exclude<Action, { kind: 'pass' | 'reopen' }>,
  meaning: Meaning,
): TopicCommand | undefined {
  switch (action.kind) {
    case 'publish': {
      if (isUncountable(meaning.reference.topic(action.topic))) return undefined;
      const drafts = action.drafts.map((draft, offset) => ({ ...draft, offset }));
      return {
        kind: 'publish',
        topic: action.topic,
        count: drafts.length,
        parts: partsOf(drafts, meaning),
        notes: drafts.flatMap((draft) => noteOf(draft, draft.offset, meaning.nowMs)),
      };
    }
    case 'configure': {
      const { topic, configuration } = action;
      const own = configuration.deadLetterTopic === topic || topic.endsWith('.dead');
      return {
        kind: 'configure',
        topic,
        configuration: own ? { ...configuration, deadLetterTopic: null } : configuration,
      };
    }
    case 'delete-message': {
      const topic = meaning.reference.topic(action.topic);
      const message = topic?.messages[action.message % (topic.messages.length || 1)];
      const sequence = message?.sequence ?? (topic?.lastSequence ?? 0) + 100;
      const topicId = (topic?.id ?? 1) + (action.wrong ? 1 : 0);
      return {
        kind: 'delete-message',
        topic: action.topic,
        id: messageId(topicId, sequence),
      };
    }
    case 'seek': {
      const { kind, topic, group } = action;
      return { kind, topic, group, to: targetOf(action, meaning) };
    }
    case 'ack':
    case 'nack':
    case 'return':
    case 'extend':
      return settlingOf(action, meaning);
    case 'delete-topic':
    case 'purge':
    case 'create-group':
    case 'delete-group':
      return action;
    case 'redrive': {
      const { origin, ...command } = action;
      return origin === null ? command : { ...command, origin };
    }
    case 'arrive':
      return arrivalOf(action, meaning);
    case 'delivered': {
      const through = meaning.reference.outbox.numbers[action.count] ?? 0;
      return { kind: 'outbox-delivered', to: 1, through };
    }
    case 'receive': {
      const { afterMs: _afterMs, ...command } = action;
      return command;
    }
  }
}

/** One message of shard 1, which was dead-lettered there or comes back from there. */
function arrivalOf(
  { topic, group, key, isBack, again }: Action & { kind: 'arrive' },
  meaning: Meaning,
): TopicCommand {
  const { reference, codec } = meaning;
  const body = codec.encode(String(meaning.nextBody()));
  const { packed } = packMessages(codec, [{ bodyKind: 'base64', body, headers: null }]);
  const number = Math.max(1, reference.outbox.arrived + (again ? 0 : 2));
  const origin = { topic: isBack ? topic : 'away', group, sequence: 1 };
  const message = { number, topic, from: 'away', priority: 4, key, origin, isBack, packed };
  return { kind: 'deliver-outbox', from: 1, messages: [message] };
}

/** Of a dead letter only the machine knows the bytes: limits on them cannot be foretold. */
function isUncountable(topic: Topic | undefined): boolean {
  if (topic === undefined || topic.configuration.maxBytes === null) return false;
  return topic.messages.some(({ bytes }) => bytes === null);
}

function partsOf(
  drafts: readonly (Draft & { readonly offset: number })[],
  meaning: Meaning,
): PublishedPart[] {
  const { codec } = meaning;
  const bodies = drafts.map(({ bytes }) =>
    codec.encode(`${meaning.nextBody()}${'.'.repeat(bytes)}`),
  );
  const priorities = [...new Set(drafts.map(({ priority }) => priority))];
  return priorities.map((priority) => {
    const own = drafts.filter((draft) => draft.priority === priority);
    const messages = own.map(({ offset }) => ({
      bodyKind: 'base64' as const,
      body: bodies[offset] ?? new Uint8Array(),
      headers: offset === 1 ? '{"one":"1"}' : null,
    }));
    const { packed, sizes } = packMessages(codec, messages);
    const offsets = own.length === drafts.length ? null : own.map(({ offset }) => offset);
    return { priority, offsets, packed, sizes };
  });
}

function noteOf(draft: Draft, offset: number, nowMs: number): MessageNote[] {
  const { key, delayMs, scheduled, ttlMs, deduplicationId } = draft;
  const delay = delayMs === null ? null : Math.max(delayMs, 0);
  const note = {
    offset,
    ...(key === null ? {} : { key }),
    ...(deduplicationId === null ? {} : { deduplicationId }),
    ...(ttlMs === null ? {} : { ttlMs }),
    ...(delay === null || scheduled ? {} : { delayMs: delay }),
    ...(delayMs === null || !scheduled ? {} : { deliverAtMs: nowMs + delayMs }),
  };
  return Object.keys(note).length === 1 ? [] : [note];
}

function targetOf(action: Action & { kind: 'seek' }, { reference }: Meaning): SeekTarget {
  const topic = reference.topic(action.topic);
  const message = topic?.messages[action.which % (topic.messages.length || 1)];
  switch (action.to) {
    case 'earliest':
    case 'latest':
      return { kind: action.to };
    case 'id':
      return { kind: 'id', id: messageId(topic?.id ?? 1, message?.sequence ?? action.which + 1) };
    case 'time':
      return { kind: 'time', timeMs: (message?.publishedAtMs ?? 1) + (action.which % 3) - 1 };
  }
}

function settlingOf(
  action: Action & { kind: 'ack' | 'nack' | 'return' | 'extend' },
  { given }: Meaning,
): TopicCommand | undefined {
  const chosen = action.deliveries.flatMap((back) => given.at(-1 - (back % given.length)) ?? []);
  const [first] = chosen;
  if (first === undefined) return undefined;
  const receipts = chosen.map(({ topicId, groupId, deliveryId, sequences }) => {
    const some = sequences.filter((_, at) => ((action.which >> at) & 1) === 1);
    return { topicId, groupId, deliveryId, sequences: some.length === 0 ? sequences : some };
  });
  const other = GROUPS.find((name) => name !== first.group) ?? first.group;
  const { topic } = first;
  const group = action.wrongGroup ? other : first.group;
  const { delayMs, reason, deadLetter } = action;
  switch (action.kind) {
    case 'ack':
    case 'return':
      return { kind: action.kind, topic, group, receipts };
    case 'nack':
      return { kind: 'nack', topic, group, receipts, delayMs, reason, deadLetter };
    case 'extend':
      return { kind: 'extend', topic, group, receipts, visibilityMs: 100 + (delayMs ?? 150) };
  }
}
