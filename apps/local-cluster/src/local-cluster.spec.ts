import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPorts, type PortClaim } from '../../../test/support/free-ports.js';
import { ALL_ROLES } from './arguments/roles.js';
import { LocalCluster } from './local-cluster.js';
import { planCluster } from './plan/cluster-plan.js';

describe('LocalCluster', () => {
  let folder = '';
  let claim: PortClaim;
  let cluster: LocalCluster | null = null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinkron-cluster-'));
    claim = await claimPorts([0, 1, 1_000, 1_001]);
  });

  afterEach(async () => {
    cluster?.killNow();
    claim.release();
    await rm(folder, { recursive: true, force: true });
  });

  function start(fault: string, times: { readyDeadlineMs?: number; stopGraceMs?: number }) {
    cluster = new LocalCluster({
      plans: planCluster({
        nodes: 2,
        basePort: claim.ports[0] ?? 0,
        dataFolder: folder,
        roles: [ALL_ROLES, ALL_ROLES],
        queueStore: 'replicated',
        cacheStore: 'replicated',
        redisUrl: undefined,
        fresh: false,
      }),
      serverFile: join(__dirname, 'testing/fake-node.mjs'),
      environment: { ...process.env, FAKE_FAULT: fault },
      onLine: () => undefined,
      onExit: () => undefined,
      ...times,
    });
    cluster.start();
    return cluster;
  }

  it('says which node is not ready in time, and what it wrote last', async () => {
    // Long enough for both to have started: only the fault keeps node2 from being ready.
    const running = start('unready:node2', { readyDeadlineMs: 2_000 });
    const failures = await running.untilReady(new AbortController().signal);
    expect(failures.map(({ nodeId, reason }) => [nodeId, reason])).toEqual([
      ['node2', 'was not ready after 2 s'],
    ]);
    expect(failures[0]?.lastLines.join('\n')).toMatch(/"msg":"serving"/);
  });

  it('kills a node that ignores SIGTERM, and names it', async () => {
    const running = start('deaf:node1', { stopGraceMs: 300 });
    expect(await running.untilReady(new AbortController().signal)).toEqual([]);
    expect(await running.stop()).toEqual(['node1']);
    expect(running.rows().map(({ state, pid }) => [state, pid])).toEqual([
      ['was ended by SIGKILL', undefined],
      ['exited with code 0', undefined],
    ]);
  });

  it('asks only nodes that run for the leader', async () => {
    const running = start('', {});
    await running.untilReady(new AbortController().signal);
    expect(await running.leader()).toEqual({ nodeId: 'node1', term: 1 });
    await Promise.all(running.nodes.map(async (node) => await node.kill()));
    expect(await running.leader()).toBeNull();
  });
});
