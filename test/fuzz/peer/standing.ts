import type { RealCluster } from '../../support/real-cluster.js';

/** What must be as it was before: who leads, since when, and who holds what. */
export interface Standing {
  readonly leader: unknown;
  readonly locks: unknown;
  readonly members: unknown;
}

export async function standingOf(cluster: RealCluster): Promise<Standing> {
  const leader = await cluster.http(0).get('/v1/cluster/leader');
  const locks = await cluster.http(0).get('/v1/locks?limit=1000');
  const view = await cluster.http(0).get('/v1/cluster');
  const { members } = view.body as { readonly members: readonly Record<string, unknown>[] };
  return {
    leader: leader.body,
    // The ends of leases are told to the millisecond, which rounding changes.
    locks: JSON.parse(
      JSON.stringify(locks.body, (key, value) => (key === 'expiresAt' ? 0 : value)),
    ),
    members: members.map(({ nodeId, address, httpUrl, roles }) => ({
      nodeId,
      address,
      httpUrl,
      roles,
    })),
  };
}

/** The peer port of each node. */
export async function peerPorts(cluster: RealCluster): Promise<readonly number[]> {
  const view = await cluster.http(0).get('/v1/cluster');
  const { members } = view.body as {
    readonly members: readonly { readonly nodeId: string; readonly address: string }[];
  };
  return Array.from({ length: cluster.size }, (_, index) => {
    const member = members.find(({ nodeId }) => nodeId === cluster.node(index).nodeId);
    return Number(member?.address.split(':')[1]);
  });
}
