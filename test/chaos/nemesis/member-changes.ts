import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosCluster } from '../cluster/chaos-cluster.js';
import type { ChaosNode } from '../cluster/chaos-node.js';
import {
  membersView,
  replicaRuns,
  type GroupView,
  type MembersView,
} from '../cluster/members-view.js';
import { MEMBER_CHANGE_DEADLINE_MS, SETTLING_DEADLINE_MS } from '../limits.js';

const ROLES = ['locks', 'queues', 'caches', 'ledger'];
const MEMBERS_MIN = 3;
const VOTERS_MAX = 5;
/** REPLICATION_FACTOR, unless it is set. */
const SHARD_VOTERS = 3;
const POLL_MS = 300;

/** Adds members, removes them, and gives them empty disks, one change after the other. */
export class MemberChanges {
  constructor(
    private readonly cluster: ChaosCluster,
    private readonly now: () => number,
  ) {}

  /** @returns who was added; null when there is no room, or the cluster did not take it in time. */
  async add(): Promise<ChaosNode | null> {
    const { cluster } = this;
    const nodeId = cluster.free;
    if (nodeId === null) return null;
    const body = { nodeId, address: cluster.addressOf(nodeId), roles: ROLES };
    if (!(await this.accepted('POST', '/v1/cluster/members', body))) return null;
    const node = await cluster.make(nodeId);
    node.start();
    return node;
  }

  /**
   * Removes a member, and ends it once the others have let it go, which may be long after: its shards
   * move away one by one. Until then nobody else is removed, so that enough members stay.
   *
   * @returns whether they have.
   */
  async remove(node: ChaosNode): Promise<boolean> {
    const { cluster } = this;
    if (cluster.nodes.length <= MEMBERS_MIN || !(await this.allStay())) return false;
    if (!(await this.accepted('DELETE', `/v1/cluster/members/${node.nodeId}`))) return false;
    // It is one of ours until the others say that it is gone, whenever that is.
    const gone = await this.within(MEMBER_CHANGE_DEADLINE_MS, async () => await this.isGone(node));
    if (gone) await cluster.retire(node);
    return gone;
  }

  /**
   * Takes all that a node has stored: it has to come back as a new replica.
   *
   * What three hold outlives one lost disk, and no second one before the first is replaced; a shard that
   * moves may have two holders.
   */
  async loseDisk(node: ChaosNode): Promise<boolean> {
    const isWhole = await this.within(MEMBER_CHANGE_DEADLINE_MS, async () => await this.settled());
    if (!isWhole || !this.cluster.nodes.includes(node)) return false;
    await this.cluster.loseDisk(node);
    return true;
  }

  /**
   * After all faults: waits until the voters are those that the cluster wants.
   *
   * @returns what the nodes say if they are not.
   */
  async settle(): Promise<readonly string[]> {
    const settled = await this.within(SETTLING_DEADLINE_MS, async () => {
      await this.retireTheGone();
      await this.removeStrangers();
      return await this.settled();
    });
    if (settled) return [];
    return await Promise.all(
      this.cluster.nodes.map(async (node) => {
        const ready = await node.look('/health/ready');
        const view = JSON.stringify(await membersView(node));
        return `${node.nodeId} is ${node.state}, readiness ${ready?.status ?? 'without answer'}, sees ${view}`;
      }),
    );
  }

  /** A removal that took too long to be waited for may have ended since. */
  private async retireTheGone(): Promise<void> {
    const { cluster } = this;
    const gone: ChaosNode[] = [];
    for (const node of cluster.nodes) if (await this.isGone(node)) gone.push(node);
    for (const node of gone) await cluster.retire(node);
  }

  /** An addition whose outcome nobody knew may have taken place: it waits for a node that is none. */
  private async removeStrangers(): Promise<void> {
    const known = new Set(this.cluster.nodes.map(({ nodeId }) => nodeId));
    const [asked] = this.cluster.nodes;
    const view = asked === undefined ? undefined : await membersView(asked);
    for (const [nodeId, state] of Object.entries(view?.members ?? {})) {
      if (known.has(nodeId) || state !== 'joining') continue;
      await asked?.ask('DELETE', `/v1/cluster/members/${nodeId}`);
    }
  }

  /** Whether all nodes run, agree on the voters, and each voter has its replica. */
  async settled(): Promise<boolean> {
    const { nodes } = this.cluster;
    if (nodes.some(({ state }) => state !== 'running')) return false;
    const views = await Promise.all(nodes.map(async (node) => await membersView(node)));
    const [first] = views;
    const text = JSON.stringify(first);
    if (first === undefined || views.some((view) => JSON.stringify(view) !== text)) return false;
    if (!isAtRest(first, nodes.length)) return false;
    const voters = nodes.filter(({ nodeId }) => first.voters.includes(nodeId));
    const ready = await Promise.all(
      nodes.map(async (node) => (await node.look('/health/ready'))?.status === 200),
    );
    const running = await Promise.all(voters.map(async (node) => await replicaRuns(node)));
    return [...ready, ...running].every(Boolean);
  }

  /** Whether a node that answers says that all of ours are members, and none of them is leaving. */
  private async allStay(): Promise<boolean> {
    await this.retireTheGone();
    const { nodes } = this.cluster;
    const views = await Promise.all(nodes.map(async (node) => await membersView(node)));
    const [view] = views.filter((each) => each !== undefined);
    if (view === undefined || nodes.length <= MEMBERS_MIN) return false;
    return nodes.every(({ nodeId }) => view.members[nodeId] === 'member');
  }

  /** Whether every other node that answers says that it is no member; at least one does. */
  private async isGone(node: ChaosNode): Promise<boolean> {
    const others = this.cluster.nodes.filter((other) => other !== node);
    const views = await Promise.all(others.map(async (other) => await membersView(other)));
    const answered = views.filter((view) => view !== undefined);
    const isMember = (view: MembersView): boolean => view.members[node.nodeId] !== undefined;
    return answered.length * 2 > others.length && !answered.some(isMember);
  }

  /** Asks one node after the other until one says 202; not for long. */
  private async accepted(method: 'POST' | 'DELETE', path: string, body?: object): Promise<boolean> {
    return await this.within(MEMBER_CHANGE_DEADLINE_MS / 2, async () => {
      for (const node of this.cluster.nodes) {
        if (node.state !== 'running') continue;
        const status = await node.ask(method, path, body);
        // An earlier try, whose answer was lost, may have removed it.
        if (status === 202 || (status === 404 && method === 'DELETE')) return true;
      }
      return false;
    });
  }

  private async within(deadlineMs: number, look: () => Promise<boolean>): Promise<boolean> {
    const deadline = this.now() + deadlineMs;
    for (;;) {
      if (await look()) return true;
      if (this.now() >= deadline) return false;
      await sleep(POLL_MS);
    }
  }
}

/**
 * The largest odd number of the members, at most five, votes, each shard has its replicas, and nothing is
 * under way.
 */
function isAtRest(view: MembersView, nodes: number): boolean {
  const states = Object.values(view.members);
  const wanted = Math.min(VOTERS_MAX, nodes % 2 === 0 ? nodes - 1 : nodes);
  const isStill = (group: Omit<GroupView, 'id'>, voters: number): boolean =>
    !group.changing && group.learners.length === 0 && group.voters.length === voters;
  const shardVoters = Math.min(SHARD_VOTERS, nodes);
  const still = isStill(view, wanted) && view.shards.every((shard) => isStill(shard, shardVoters));
  return still && states.length === nodes && states.every((state) => state === 'member');
}
