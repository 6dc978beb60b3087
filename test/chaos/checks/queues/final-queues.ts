import { eventually } from '../../../support/eventually.js';
import { field } from '../../clients/calls/answers.js';
import type { Caller } from '../../clients/calls/caller.js';
import { countsIn, isDrained } from '../../clients/queues/calls/group-counts.js';
import {
  getGroup,
  listMessages,
  type GroupName,
} from '../../clients/queues/calls/queue-requests.js';
import { valueOf } from '../../clients/queues/calls/received-message.js';
import { drain } from '../../clients/queues/drain.js';
import type { Topic } from '../../clients/queues/queue-worker.js';
import type { ChaosNode } from '../../cluster/chaos-node.js';
import { AGREEMENT_DEADLINE_MS } from '../../limits.js';
import { found, type Finding } from '../check.js';
import type { GroupAtEnd } from './group-at-end.js';

const PROMISE_DRAINED = 'every group can be emptied, and its counts are 0 at every node';
const ORIGIN_GROUP = 'sinkron-origin-group';

export interface FinalQueuesOptions {
  readonly topics: readonly Topic[];
  readonly nodes: readonly ChaosNode[];
  /** A client of its own. */
  readonly callerOf: (client: string) => Caller;
  readonly now: () => number;
}

/** Receives and acknowledges what there is, within a generous bound, by clients that do nothing else. */
export async function checkDrained(options: FinalQueuesOptions): Promise<Finding> {
  const { nodes, callerOf, now } = options;
  const startedAt = now();
  const names = namesOf(options.topics);
  const violations = await Promise.all(
    names.map(async (name) => {
      const about = `${name.topic}/${name.group}`;
      const left = await drain(callerOf(`drain-${name.topic}-${name.group}`), name);
      if (left !== null) return [`${about} cannot be emptied: ${left}`];
      const others = await Promise.all(nodes.map(async (node) => await disagreement(node, name)));
      return others.filter((text) => text !== null).map((text) => `${about}: ${text}`);
    }),
  );
  const seen = `${names.length} groups, the last after ${((now() - startedAt) / 1_000).toFixed(1)} s`;
  return found(PROMISE_DRAINED, seen, violations.flat());
}

/** What the replicas that a node asks still have; null: nothing. */
async function disagreement(node: ChaosNode, name: GroupName): Promise<string | null> {
  let last = 'no answer';
  const look = async (): Promise<true | undefined> => {
    const answer = await node.exchange.send(getGroup(name, 'stale'), null);
    if (answer.kind !== 'answered') return undefined;
    last = `${answer.status} ${JSON.stringify(answer.body)}`;
    return answer.status === 200 && isDrained(countsIn(answer.body)) ? true : undefined;
  };
  try {
    await eventually('a replica has the same', AGREEMENT_DEADLINE_MS, look);
    return null;
  } catch {
    return `${node.nodeId} says ${last}`;
  }
}

/** What stands in each group, and the dead letters that were made. */
export async function readGroups({
  topics,
  callerOf,
}: FinalQueuesOptions): Promise<readonly GroupAtEnd[]> {
  const caller = callerOf('reader-of-queues');
  const ends: GroupAtEnd[] = [];
  for (const { name: topic, groups } of topics) {
    const dead = await readAll(caller, `${topic}.dead`, null);
    for (const group of groups) {
      const own = dead.filter(
        (message) => field(field(message, 'headers'), ORIGIN_GROUP) === group,
      );
      const counts = await readCounts(caller, { topic, group });
      ends.push({
        topic,
        group,
        values: (await readAll(caller, topic, group)).map(valueOf),
        deadLetters: own.map(valueOf),
        deadLettered: counts.deadLettered,
      });
    }
  }
  return ends;
}

async function readCounts(caller: Caller, name: GroupName): Promise<ReturnType<typeof countsIn>> {
  return await eventually(
    `${name.topic}/${name.group} is shown`,
    AGREEMENT_DEADLINE_MS,
    async () => {
      const { outcome } = await caller.once(getGroup(name));
      return outcome.kind === 'answered' && outcome.status === 200
        ? countsIn(outcome.body)
        : undefined;
    },
  );
}

/** All messages; none when there is no such topic. */
async function readAll(
  caller: Caller,
  topic: string,
  group: string | null,
): Promise<readonly unknown[]> {
  const messages: unknown[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const at: string | null = cursor ?? null;
    const page = await eventually(`${topic} is listed`, AGREEMENT_DEADLINE_MS, async () => {
      const { outcome } = await caller.once(listMessages(topic, group, at));
      if (outcome.kind !== 'answered') return undefined;
      if (outcome.status === 404) return { messages: [], nextCursor: null };
      return outcome.status === 200 ? outcome.body : undefined;
    });
    const listed = field(page, 'messages');
    if (Array.isArray(listed)) messages.push(...(listed as readonly unknown[]));
    const next = field(page, 'nextCursor');
    cursor = typeof next === 'string' ? next : null;
  }
  return messages;
}

function namesOf(topics: readonly Topic[]): readonly GroupName[] {
  return topics.flatMap(({ name, groups }) => groups.map((group) => ({ topic: name, group })));
}
