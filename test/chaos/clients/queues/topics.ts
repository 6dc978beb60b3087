import { eventually } from '../../../support/eventually.js';
import { field, succeeded } from '../calls/answers.js';
import type { Caller } from '../calls/caller.js';
import type { QueueRequest } from '../calls/call.js';
import { START_DEADLINE_MS, TOPICS, VISIBILITY_MS } from '../../limits.js';
import { configureTopic, createGroup } from './calls/queue-requests.js';
import type { Topic } from './queue-worker.js';

const GROUPS = ['billing', 'audit'];
/** Names to choose from; there are 8 shards. */
const NAMES_MAX = 100;
/** Short, so that a run ends soon. */
const BACKOFF = { initialMs: 100, multiplier: 2, maxMs: 1_000 };
/** Topics by place: what becomes of messages with a key that fail too often. */
const CONFIGURATIONS = [
  { maxDeliveries: 3, onOrderedFailure: 'dead-letter' },
  { maxDeliveries: 3, onOrderedFailure: 'block' },
];

/** Answers GETs of nodes; undefined without an answer. */
export type Look = (path: string) => Promise<{ status: number; body: unknown } | undefined>;

/** Makes the topics of a run, each in a shard of its own, with all their groups. */
export async function makeTopics(caller: Caller, look: Look): Promise<readonly Topic[]> {
  const names = await namesInDifferentShards(look);
  for (const [place, name] of names.entries()) {
    const terms = CONFIGURATIONS[place % CONFIGURATIONS.length];
    await make(
      caller,
      configureTopic(name, { visibilityMs: VISIBILITY_MS, backoff: BACKOFF, ...terms }),
    );
    for (const group of GROUPS) await make(caller, createGroup({ topic: name, group }));
  }
  return names.map((name) => ({ name, groups: GROUPS }));
}

async function namesInDifferentShards(look: Look): Promise<readonly string[]> {
  const byShard = new Map<unknown, string>();
  for (let number = 1; number <= NAMES_MAX && byShard.size < TOPICS; number += 1) {
    const name = `topic-${number}`;
    const shard = await eventually(`the ring has ${name}`, START_DEADLINE_MS, async () => {
      const answer = await look(`/v1/cluster/ring?topic=${name}`);
      return answer?.status === 200 ? String(field(answer.body, 'shard')) : undefined;
    });
    if (!byShard.has(shard)) byShard.set(shard, name);
  }
  return [...byShard.values()];
}

/** The cluster has just been formed: its shards may have no leaders yet. */
async function make(caller: Caller, request: QueueRequest): Promise<void> {
  await eventually(`${request.operation} of ${request.topic}`, START_DEADLINE_MS, async () => {
    return succeeded(await caller.surely(request)) ? true : undefined;
  });
}
