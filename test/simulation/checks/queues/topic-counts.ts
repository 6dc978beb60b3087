import type { ReplicatedMachine } from '@sinkron/consensus';
import type {
  GroupView,
  TopicView,
} from '../../../../libs/queueing/src/core/commands/topic-query.js';
import { readAnswer } from '../../../../libs/queueing/src/store/reading/read-view.js';
import type { TopicCounts } from '../../invariants/queues/specified-topics.js';
import { expectPromise } from '../../world/violation.js';

/** More than a run has of either. */
const LIMIT = 1000;

/** What a machine says that there is, in byte order of the names. */
export function countsIn(
  machine: Pick<ReplicatedMachine, 'query'>,
  logTimeMs: number,
): TopicCounts[] {
  const instant = { monotonicMs: 0, wallMs: logTimeMs };
  const ask = (query: unknown): unknown => machine.query(query, instant);
  const topics = readAnswer('topics', ask({ kind: 'topics', after: null, limit: LIMIT }));
  return listOf<TopicView>(topics).map(({ topic, messages, delayed }) => {
    const groups = readAnswer('groups', ask({ kind: 'groups', topic, after: null, limit: LIMIT }));
    return {
      topic,
      messages,
      delayed,
      groups: listOf<GroupView>(groups).map((view) => ({
        group: view.group,
        open: view.ready + view.delayed,
        inFlight: view.inFlight,
        deadLettered: view.deadLettered,
      })),
    };
  });
}

/** `readAnswer` has read an answer of this kind. */
function listOf<View>(answer: unknown): readonly View[] {
  expectPromise(Array.isArray(answer), 'a list is answered with a list', { answer });
  return answer;
}
