import type { SinkronConfiguration } from '@sinkron/config';
import { configuration, replicaId, type ConsensusService } from '@sinkron/consensus';
import type { PeerTransport } from '@sinkron/transport';
import { LeaderWatch } from '../routing/leader-watch.js';
import { encodeStatus } from './status-event.js';
import { StatusService } from './status.service.js';

const GROUP = 'coordination';

const members = configuration([replicaId('node1/a'), replicaId('node2/b')]);

type Role = 'leader' | 'follower';

/** A node with one replica, and what its peers say of the group. */
function node({ role, commitIndex }: { role: Role; commitIndex: number }) {
  let deliver: (from: string, messages: readonly Uint8Array[]) => void = () => {};
  const raft = { roleName: role, commitIndex };
  const status = new StatusService(
    { nodeId: 'node1', peers: [] } as unknown as SinkronConfiguration,
    {
      group: () => ({ raft }),
      now: () => ({ monotonicMs: 0, wallMs: 0 }),
    } as unknown as ConsensusService,
    {
      onEvents: (_topic: string, handler: typeof deliver) => {
        deliver = handler;
      },
    } as unknown as PeerTransport,
    new LeaderWatch(),
  );
  status.onModuleInit();
  const says = (from: string, term: number, index: number): void =>
    deliver(from, [
      encodeStatus({
        groups: [
          { id: GROUP, term, leader: 'node2', commitIndex: index, appliedIndex: index, members },
        ],
        membersVersion: 0,
        life: { beat: 1, echo: null, silences: [] },
      }),
    ]);
  return { status, says };
}

describe('How far a group is committed', () => {
  // Breaks otherwise: a replica that was away hears only as much of the log as it has, and is ready.
  it('is what the peers say, to a replica that has not heard so much', () => {
    const { status, says } = node({ role: 'follower', commitIndex: 100 });
    says('node2', 3, 18_000);
    expect(status.commitIndex(GROUP)).toBe(18_000);
  });

  it('is unknown before anybody has spoken', () => {
    const { status } = node({ role: 'follower', commitIndex: 100 });
    expect(status.commitIndex(GROUP)).toBeNull();
  });

  it('never goes back to what a peer that lags says', () => {
    const { status, says } = node({ role: 'follower', commitIndex: 100 });
    says('node2', 3, 300);
    says('node3', 3, 200);
    says('node3', 2, 900);
    expect(status.commitIndex(GROUP)).toBe(300);
  });

  it('is what the leader knows, at the leader', () => {
    const { status } = node({ role: 'leader', commitIndex: 100 });
    expect(status.commitIndex(GROUP)).toBe(100);
  });
});
