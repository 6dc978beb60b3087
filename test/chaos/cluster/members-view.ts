import { field } from '../clients/calls/answers.js';
import type { ChaosNode } from './chaos-node.js';

/** One group as a node sees it. */
export interface GroupView {
  readonly id: string;
  /** Those that vote, sorted. */
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly changing: boolean;
}

/** The members and the groups as one node sees them. */
export interface MembersView extends Omit<GroupView, 'id'> {
  /** All groups but that of coordination, of which the other fields tell. */
  readonly shards: readonly GroupView[];
  /** States by name. */
  readonly members: Readonly<Record<string, string>>;
}

/** Undefined when the node does not answer, or knows no group yet. */
export async function membersView(node: ChaosNode): Promise<MembersView | undefined> {
  const answer = await node.look('/v1/cluster');
  if (answer?.status !== 200) return undefined;
  const groups = list(field(answer.body, 'groups')).map(groupView);
  const group = groups.find(({ id }) => id === 'coordination');
  if (group === undefined) return undefined;
  const members = list(field(answer.body, 'members')).map(
    (member) => [String(field(member, 'nodeId')), String(field(member, 'state'))] as const,
  );
  return {
    voters: group.voters,
    learners: group.learners,
    changing: group.changing,
    shards: groups.filter((one) => one !== group),
    members: Object.fromEntries(members.toSorted(([left], [right]) => (left < right ? -1 : 1))),
  };
}

/** Whether the node has a replica of the coordination group: one with an empty disk gets it anew. */
export async function replicaRuns(node: ChaosNode): Promise<boolean> {
  const answer = await node.look('/metrics');
  return String(answer?.body).includes('sinkron_raft_applied_index{group="coordination"}');
}

function groupView(group: unknown): GroupView {
  return {
    id: String(field(group, 'id')),
    voters: list(field(group, 'replicas')).map(String).toSorted(),
    learners: list(field(group, 'learners')).map(String).toSorted(),
    changing: field(group, 'changing') !== false,
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
