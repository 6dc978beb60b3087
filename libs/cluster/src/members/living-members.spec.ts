import { parseConfiguration } from '@sinkron/config';
import type { PeerTransport } from '@sinkron/transport';
import { SUSPECT_AFTER_MS } from '../core/failure-limits.js';
import type { StatusService } from '../status/status.service.js';
import { LivingMembers } from './living-members.js';

describe('LivingMembers', () => {
  const heardMs: Record<string, number | null> = {};
  const living = new LivingMembers(
    parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node1' }),
    {
      memberStatus: (node: string) => (node === 'node2' ? 'suspect' : 'dead'),
    } as unknown as StatusService,
    {
      status: (node: string) => ({ lastHeardMs: heardMs[node] ?? null }),
    } as unknown as PeerTransport,
  );

  it('counts on itself and on all that are not dead', () => {
    expect(['node1', 'node2', 'node3'].map((node) => living.isAlive(node))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('counts on who has come this moment, though its status was not heard yet', () => {
    heardMs['node3'] = SUSPECT_AFTER_MS;
    expect(living.isAlive('node3')).toBe(true);
    heardMs['node3'] = SUSPECT_AFTER_MS + 1;
    expect(living.isAlive('node3')).toBe(false);
  });
});
