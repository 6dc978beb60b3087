import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import { replicaOf, type ConsensusService, type ReplicatedMachine } from '@sinkron/consensus';
import type { PeerTransport } from '@sinkron/transport';
import type { MembersList } from '../core/members/members-list.js';
import type { KnownCluster } from '../members/known-cluster.js';
import { HAND_BACK_LOOK_MS } from '../limits.js';
import type { StatusService } from '../status/status.service.js';
import { CAUGHT_UP_ENTRIES_MAX } from '../status/core/limits.js';
import {
  HAND_BACK_LAG_ENTRIES_MAX,
  HAND_BACK_PACE_MS,
  HAND_BACK_WAIT_MS_MIN,
} from './core/limits.js';
import { LeaderHandBack } from './leader-hand-back.js';
import { ShardFamilies } from './shard-families.js';
import { ShardPlacements } from './shard-placements.js';

const GROUP = 'queues-1';
const SELF = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node1', SHARDS: '2' });

/** node1, which leads queues-1; node2 should. */
class Bench {
  process = 'first';
  status = 'alive';
  heard = true;
  matchIndex = 1000;
  outcome = 'leads';
  readonly transfers: unknown[] = [];
  /** What is told of shards before it. */
  before: readonly object[] = [];
  private leader = 'node1';
  private readonly placements: ShardPlacements;

  constructor() {
    const families = new ShardFamilies(SELF);
    const machine = (name: string) => ({ name }) as unknown as ReplicatedMachine;
    families.register({ name: 'queues', role: 'queues', machine });
    // The only member that may hold it, so that nobody else is preferred.
    const member = {
      nodeId: 'node2',
      address: '',
      roles: ['queues'],
      diskId: 'd2',
      leaving: false,
    };
    const list: MembersList = { version: 1, members: [member], families: [] };
    this.placements = new ShardPlacements(SELF, { list } as unknown as KnownCluster);
    const handBack = new LeaderHandBack(
      SELF,
      {
        group: (asked: string) => (asked === GROUP ? this.driver() : undefined),
        transfer: async (...asked: readonly string[]) => {
          this.transfers.push(asked);
          if (this.outcome === 'leads') this.leader = 'node2';
          return { kind: this.outcome };
        },
      } as unknown as ConsensusService,
      {
        peers: () => [{ nodeId: 'node2' }],
        status: () => ({ identity: { incarnation: this.process } }),
      } as unknown as PeerTransport,
      {
        memberStatus: () => this.status,
        groups: () => [
          ...this.before,
          { id: GROUP, leader: this.leader },
          { id: 'coordination', leader: 'node1' },
        ],
        groupAt: () => ({ appliedIndex: 1000 }),
      } as unknown as StatusService,
      families,
      this.placements,
    );
    handBack.start();
  }

  private driver(): object {
    return {
      group: GROUP,
      raft: { roleName: this.leader === 'node1' ? 'leader' : 'follower', commitIndex: 1000 },
      replicaStatuses: () => [
        {
          replica: replicaOf('node2', 'd2'),
          role: 'voter',
          heard: this.heard,
          matchIndex: this.matchIndex,
        },
      ],
    };
  }

  async pass(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }
}

describe('LeaderHandBack', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => {
    jest.useFakeTimers();
    bench = new Bench();
  });
  afterEach(() => void jest.useRealTimers());

  it('transfers a shard to its preferred leader when that one has been alive for 30 s, once', async () => {
    await bench.pass(HAND_BACK_WAIT_MS_MIN);
    expect(bench.transfers).toEqual([]);
    await bench.pass(HAND_BACK_LOOK_MS);
    expect(bench.transfers).toEqual([[GROUP, 'node2']]);
    await bench.pass(10 * HAND_BACK_WAIT_MS_MIN);
    expect(bench.transfers).toHaveLength(1);
  });

  it.each<readonly [string, Partial<Bench>]>([
    ['is dead for a moment', { status: 'dead' }],
    ['is suspect for a moment', { status: 'suspect' }],
    ['comes back as another process', { process: 'second' }],
  ])('waits anew when it %s', async (_what, change) => {
    await bench.pass(HAND_BACK_WAIT_MS_MIN - HAND_BACK_LOOK_MS);
    Object.assign(bench, change);
    await bench.pass(HAND_BACK_LOOK_MS);
    Object.assign(bench, { status: 'alive' });
    await bench.pass(HAND_BACK_WAIT_MS_MIN - HAND_BACK_LOOK_MS);
    expect(bench.transfers).toEqual([]);
    await bench.pass(3 * HAND_BACK_LOOK_MS);
    expect(bench.transfers).toHaveLength(1);
  });

  it.each<readonly [string, Partial<Bench>]>([
    ['does not answer', { heard: false }],
    ['lacks more than a little', { matchIndex: 1000 - HAND_BACK_LAG_ENTRIES_MAX - 1 }],
  ])('waits for one that %s', async (_what, change) => {
    Object.assign(bench, change);
    await bench.pass(2 * HAND_BACK_WAIT_MS_MIN);
    expect(bench.transfers).toEqual([]);
    Object.assign(bench, { heard: true, matchIndex: 1000 - HAND_BACK_LAG_ENTRIES_MAX });
    await bench.pass(HAND_BACK_LOOK_MS);
    expect(bench.transfers).toHaveLength(1);
  });

  it.each<readonly [string, number, number]>([
    ['after', 1000, HAND_BACK_PACE_MS],
    ['without waiting for', 1000 + CAUGHT_UP_ENTRIES_MAX + 1, 0],
  ])(
    'goes %s a shard before it, led by another, committed up to %i',
    async (_what, commitIndex, ms) => {
      const members = { voters: [replicaOf('node2', 'd2')] };
      bench.before = [{ id: 'queues-0', leader: 'node3', commitIndex, members }];
      await bench.pass(HAND_BACK_WAIT_MS_MIN + ms);
      expect(bench.transfers).toEqual([]);
      await bench.pass(HAND_BACK_LOOK_MS);
      expect(bench.transfers).toEqual([[GROUP, 'node2']]);
    },
  );

  it('waits longer for one that did not take it', async () => {
    bench.outcome = 'failed';
    await bench.pass(HAND_BACK_WAIT_MS_MIN + HAND_BACK_LOOK_MS);
    await bench.pass(2 * HAND_BACK_WAIT_MS_MIN - 2 * HAND_BACK_LOOK_MS);
    expect(bench.transfers).toHaveLength(1);
    await bench.pass(3 * HAND_BACK_LOOK_MS);
    expect(bench.transfers).toHaveLength(2);
  });
});
