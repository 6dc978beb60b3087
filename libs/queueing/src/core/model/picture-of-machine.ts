import type {
  GroupView,
  MessagePage,
  MessageView,
  Missing,
  PendingPage,
  TopicQuery,
  TopicView,
} from '../commands/topic-query.js';
import type { StoredPart } from '../commands/topic-result.js';
import { messageId } from '../message/message-id.js';
import { unpackMessages } from '../message/packed-messages.js';
import type { RecordCodec } from '../ports.js';
import { expectSame, expectTrue } from './same.js';
import type { PicturedGroup, PicturedMessage, TopicPicture } from './picture.js';
import type { ShardUnderTest } from './shard-under-test.js';

/** Small, so that lists are read in several pages. */
const PAGE = 3;

/** Answers as queries give them. */
interface Answers {
  topics: readonly TopicView[];
  groups: readonly GroupView[];
  messages: MessagePage;
  message: MessageView;
  pending: PendingPage;
  group: GroupView;
}

/** What is seen of each topic, and its number. */
export class MachineSight {
  readonly topicIds = new Map<string, number>();

  constructor(
    private readonly shard: ShardUnderTest,
    private readonly codec: RecordCodec,
  ) {}

  pictures(): TopicPicture[] {
    const topics = this.named(
      'topics',
      (after) => ({ kind: 'topics', after, limit: PAGE }),
      'topic',
    );
    return topics.map((view) => this.pictureOf(view));
  }

  bodies(parts: readonly StoredPart[]): ReadonlyMap<number, string> {
    const bodies = new Map<number, string>();
    for (const { packed, places } of parts) {
      const messages = unpackMessages(this.codec, packed);
      for (const [sequence, place] of places) {
        const message = messages[place];
        if (message !== undefined) bodies.set(sequence, String(this.codec.decode(message.body)));
      }
    }
    return bodies;
  }

  private pictureOf({ topic, configuration, messages, bytes, delayed, groups }: TopicView) {
    const views = this.named(
      'groups',
      (after) => ({ kind: 'groups', topic, after, limit: PAGE }),
      'group',
    );
    expectSame(views.length, groups);
    const stored = this.storedOf(topic);
    const pictured = views.map((view) => this.groupOf(topic, view));
    return { topic, configuration, messages, bytes, delayed, stored, groups: pictured };
  }

  private storedOf(topic: string): PicturedMessage[] {
    const stored: PicturedMessage[] = [];
    for (let after: number | null = null; ;) {
      const page: MessagePage = this.answered<'messages'>({
        kind: 'messages',
        topic,
        group: null,
        state: null,
        after,
        limit: PAGE,
      });
      this.topicIds.set(topic, page.topicId);
      const bodies = this.bodies(page.bodies);
      for (const { sequence, priority, key } of page.messages) {
        const id = messageId(page.topicId, sequence);
        const view = this.answered<'message'>({ kind: 'message', topic, id });
        expectSame([...this.bodies(view.bodies)], [[sequence, bodies.get(sequence)]]);
        const { deliverAtMs, expiresAtMs, groups } = view;
        const body = bodies.get(sequence) ?? 'no body';
        stored.push({ sequence, priority, key, body, deliverAtMs, expiresAtMs, groups });
      }
      after = page.next;
      if (after === null) return stored;
    }
  }

  private groupOf(topic: string, view: GroupView): PicturedGroup {
    const { group } = view;
    expectSame(this.answered<'group'>({ kind: 'group', topic, group }), view);
    const pending: unknown[] = [];
    for (let after: number | null = null; ;) {
      const page: PendingPage = this.answered<'pending'>({
        kind: 'pending',
        topic,
        group,
        consumer: null,
        after,
        limit: PAGE,
      });
      pending.push(...page.pending);
      after = page.next;
      if (after === null) break;
    }
    const listed = (state: 'ready' | 'delayed' | 'in-flight'): number[] => {
      const query = { kind: 'messages', topic, group, state, after: null, limit: 1_000 } as const;
      return this.answered<'messages'>(query).messages.map(({ sequence }) => sequence);
    };
    return {
      view,
      pending,
      listed: {
        ready: listed('ready'),
        delayed: listed('delayed'),
        'in-flight': listed('in-flight'),
      },
    };
  }

  /** All pages of a list by names. */
  private named<Kind extends 'topics' | 'groups'>(
    _kind: Kind,
    query: (after: string | null) => TopicQuery & { kind: Kind },
    name: 'topic' | 'group',
  ): Answers[Kind][number][] {
    const all: Answers[Kind][number][] = [];
    for (let after: string | null = null; ;) {
      const page: Answers[Kind] = this.answered<Kind>(query(after));
      all.push(...page);
      if (page.length < PAGE) return all;
      after = (page.at(-1) as unknown as Record<typeof name, string>)[name];
    }
  }

  private answered<Kind extends keyof Answers>(query: TopicQuery & { kind: Kind }): Answers[Kind] {
    const answer = this.shard.query(query);
    const isAnswer = typeof answer === 'object' && answer !== null;
    expectTrue(isAnswer && !('missing' in answer || 'status' in answer), `${query.kind}: answered`);
    return answer as Exclude<Answers[Kind], Missing>;
  }
}
