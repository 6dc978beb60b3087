import { field } from '../clients/calls/answers.js';
import type { ChaosNode } from './chaos-node.js';

/** The members and the coordination group as one node sees them. */
export interface MembersView {
  /** Sorted. */
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly changing: boolean;
  /** States by name. */
  readonly members: Readonly<Record<string, string>>;
}

/** Undefined when the node does not answer, or knows no group yet. */
export async function membersView(node: ChaosNode): Promise<MembersView | undefined> {
  const answer = await node.look('/v1/cluster');
  if (answer?.status !== 200) return undefined;
  const groups = list(field(answer.body, 'groups'));
  const group = groups.find((one) => field(one, 'id') === 'coordination');
  if (group === undefined) return undefined;
  const members = list(field(answer.body, 'members')).map(
    (member) => [String(field(member, 'nodeId')), String(field(member, 'state'))] as const,
  );
  return {
    voters: list(field(group, 'replicas')).map(String).toSorted(),
    learners: list(field(group, 'learners')).map(String).toSorted(),
    changing: field(group, 'changing') !== false,
    members: Object.fromEntries(members.toSorted(([left], [right]) => (left < right ? -1 : 1))),
  };
}

/** Whether the node has a replica of the coordination group: one with an empty disk gets it anew. */
export async function replicaRuns(node: ChaosNode): Promise<boolean> {
  const answer = await node.look('/metrics');
  return String(answer?.body).includes('sinkron_raft_applied_index{group="coordination"}');
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
