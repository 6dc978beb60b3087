import { encode, type Instant, type StateTables } from '@sinkron/consensus';
import type {
  GroupView,
  MessagePage,
  TopicQuery,
  TopicView,
} from '../../../../libs/queueing/src/core/commands/topic-query.js';
import {
  TOPIC_MACHINE,
  TopicMachine,
} from '../../../../libs/queueing/src/machine/topic-machine.js';
import { messageTexts } from '../../../../libs/queueing/src/service/message-texts.js';
import { readAnswer } from '../../../../libs/queueing/src/store/reading/read-view.js';
import type { TopicAtEnd } from '../../../queues/queue-operation.js';
import { expectPromise } from '../../world/violation.js';
import type { TopicPlan } from '../../workload/queues/queue-options.js';
import { readValues } from '../../workload/queues/received-messages.js';
import type { SettledReplica } from '../replica-agreement.js';

/** More than a run has of anything. */
const LIMIT = 1000;

type Ask = (query: TopicQuery) => unknown;

/**
 * Replicas that have applied the same show the same, and so does a machine that is opened on the
 * tables of one of them: what is kept in memory is what the tables say.
 */
export function expectQueueAgreement(replicas: readonly SettledReplica[], instant: Instant): void {
  const shown = replicas.flatMap(({ node, driver, state }) => {
    const fresh = new TopicMachine();
    fresh.open(tablesOfTopics(state));
    return [
      { of: node, ask: (query: TopicQuery) => driver.machine.query(TOPIC_MACHINE, query, instant) },
      { of: `${node} anew`, ask: (query: TopicQuery) => fresh.query(query, instant) },
    ].map(({ of, ask }) => {
      const views = viewsOf(ask);
      return { of, views, text: Buffer.from(encode(views)).toString('latin1') };
    });
  });
  const [first] = shown;
  for (const { of, views, text } of shown) {
    expectPromise(text === first?.text, 'replicas that applied the same show the same', {
      of,
      views,
      first: { of: first?.of, views: first?.views },
    });
  }
}

/** What stands in topics that nobody works with any more. */
export function topicsAtEnd(
  plans: readonly TopicPlan[],
  { driver }: SettledReplica,
  instant: Instant,
): readonly TopicAtEnd[] {
  const ask: Ask = (query) => driver.machine.query(TOPIC_MACHINE, query, instant);
  return plans.map(({ topic, groups }) => {
    const open = groups.flatMap((group) => valuesIn(ask, topic, group));
    return {
      topic,
      groups,
      // With `log` retention, messages stay that every group is done with.
      values: [...new Set(open)],
      deadLetters: valuesIn(ask, `${topic}.dead`, null),
    };
  });
}

/** Of a group: what it is not done with. */
function valuesIn(ask: Ask, topic: string, group: string | null): readonly string[] {
  const page = { state: null, after: null, limit: LIMIT } as const;
  const answer = readAnswer('messages', ask({ kind: 'messages', topic, group, ...page }));
  if (!isPage(answer)) return [];
  return readValues(messageTexts(answer.topicId, answer.messages, answer.bodies));
}

function viewsOf(ask: Ask): readonly unknown[] {
  const topics = ask({ kind: 'topics', after: null, limit: LIMIT });
  return listOf<TopicView>(readAnswer('topics', topics)).map((view) => {
    const { topic } = view;
    const groups = readAnswer('groups', ask({ kind: 'groups', topic, after: null, limit: LIMIT }));
    const inGroups = listOf<GroupView>(groups).map((group) => {
      const page = { after: null, limit: LIMIT } as const;
      const named = { topic, group: group.group, ...page };
      return [
        group,
        ask({ kind: 'messages', ...named, state: null }),
        ask({ kind: 'pending', ...named, consumer: null }),
      ];
    });
    const page = { group: null, state: null, after: null, limit: LIMIT } as const;
    return [view, inGroups, ask({ kind: 'messages', topic, ...page })];
  });
}

function isPage(answer: object): answer is MessagePage {
  return 'bodies' in answer && 'topicId' in answer;
}

/** `readAnswer` has read an answer of this kind. */
function listOf<View>(answer: unknown): readonly View[] {
  expectPromise(Array.isArray(answer), 'a list is answered with a list', { answer });
  return answer;
}

function tablesOfTopics(state: StateTables): StateTables {
  const inner = (table: string): string => `${TOPIC_MACHINE}.${table}`;
  return {
    get: (table, key) => state.get(inner(table), key),
    put: () => {},
    remove: () => {},
    range: (table, from) => state.range(inner(table), from),
  };
}
