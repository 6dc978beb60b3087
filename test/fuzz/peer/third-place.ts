import { randomBytes } from 'node:crypto';
import { RealCluster } from '../../support/real-cluster.js';
import { FakeNode } from './fake-node.js';
import { peerPorts } from './standing.js';

const SECRET = randomBytes(16).toString('hex');

/** Three nodes that know the secret which a fake one knows, too. */
export function startFuzzedCluster(): Promise<RealCluster> {
  const env = { LOG_LEVEL: 'warn', PEER_SECRET: SECRET, HEARTBEAT_MS: '300' };
  return RealCluster.start({ nodes: 3, env });
}

/** The peer port of each node, and whoever is in the place of the third. */
export interface ThirdPlace {
  readonly ports: readonly number[];
  readonly fake: FakeNode;
}

/** The first node leads, `me` holds the lock `held`, the third is killed and a fake in its place. */
export async function takeThirdPlace(cluster: RealCluster): Promise<ThirdPlace> {
  const ports = await peerPorts(cluster);
  await cluster.lead(0);
  await cluster.http(0).post('/v1/locks/held/acquire', { owner: 'me', ttlMs: 86_400_000 });
  await cluster.node(2).kill();
  return { ports, fake: await FakeNode.listen('node3', ports[2] ?? 0, SECRET) };
}
