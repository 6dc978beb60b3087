import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import {
  NO_MEMBERS,
  replicaOf,
  type ConsensusService,
  type MembersChange,
  type ReplicaId,
} from '@sinkron/consensus';
import type { MembersCommand } from '../core/members/members-command.js';
import type { ListedMember } from '../core/members/members-list.js';
import { ReplicaSteps } from '../replicas/replica-steps.js';
import type { ShardDepartures } from '../shards/shard-departures.js';
import { COORDINATION_GROUP } from '../groups.js';
import { KEEPER_INTERVAL_MS } from '../limits.js';
import type { KnownCluster } from './known-cluster.js';
import type { LivingMembers } from './living-members.js';
import type { MemberCommands } from './member-commands.js';
import { MembershipKeeper } from './membership-keeper.js';

const REPLACE_AFTER_MS = 10_000;
const CONFIGURATION = parseConfiguration({
  DATA_DIR: '/unused',
  NODE_ID: 'node1',
  REPLACE_AFTER_MS: String(REPLACE_AFTER_MS),
});

const replica = (index: number): ReplicaId => replicaOf(`node${index}`, `d${index}`);
const replicas = (...indexes: readonly number[]): readonly ReplicaId[] => indexes.map(replica);

/** node1, which leads as long as `leads`; what it asks of Raft happens at once. */
class Bench {
  leads = true;
  refuses = false;
  readonly dead = new Set<string>();
  /** Whether shards count on a leaving member still, and may do without a living one. */
  shardsNeed = false;
  readonly changes: MembersChange[] = [];
  readonly commands: MembersCommand[] = [];
  readonly keeper: MembershipKeeper;
  private members = { ...NO_MEMBERS, voters: replicas(1, 2, 3) };

  constructor(public list: readonly ListedMember[]) {
    const driver = {
      group: COORDINATION_GROUP,
      raft: { leader: replica(1), commitIndex: 7 },
      replicaStatuses: () =>
        [...this.members.voters, ...this.members.learners].map((each) => ({
          replica: each,
          matchIndex: 7,
          heard: !this.dead.has(each.slice(0, each.indexOf('/'))),
          needsSnapshot: false,
        })),
    };
    const members = { get: () => this.members };
    Object.defineProperties(driver.raft, {
      members,
      committedMembers: members,
      roleName: { get: () => (this.leads ? 'leader' : 'follower') },
    });
    const known = { onChange: () => undefined };
    Object.defineProperty(known, 'list', {
      get: () => ({ version: 1, members: this.list, families: [] }),
    });
    const consensus = {
      group: () => driver,
      onMembers: () => undefined,
      changeMembers: (_group: string, change: MembersChange) => {
        if (this.refuses) return { kind: 'refused', reason: 'notCaughtUp' };
        this.changes.push(change);
        this.members = { ...change, outgoingVoters: [] };
        return { kind: 'appended', index: 8 };
      },
    } as unknown as ConsensusService;
    this.keeper = new MembershipKeeper(
      CONFIGURATION,
      consensus,
      new ReplicaSteps(consensus),
      { isAlive: (node: string) => !this.dead.has(node) } as unknown as LivingMembers,
      known as unknown as KnownCluster,
      {
        run: async (command: MembersCommand) => void this.commands.push(command),
      } as unknown as MemberCommands,
      {
        isFree: async () => !this.shardsNeed,
        canGoOnWithout: () => !this.shardsNeed,
      } as unknown as ShardDepartures,
    );
    this.keeper.start();
  }

  async pass(ms: number): Promise<void> {
    await jest.advanceTimersByTimeAsync(ms);
  }
}

function member(index: number, changes: Partial<ListedMember> = {}): ListedMember {
  const nodeId = `node${index}`;
  const address = `127.0.0.1:900${index}`;
  return { nodeId, address, roles: ['locks'], diskId: `d${index}`, leaving: false, ...changes };
}

const FOUR = [1, 2, 3, 4].map((index) => member(index));

describe('MembershipKeeper', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    bench.keeper.onApplicationShutdown();
    jest.useRealTimers();
  });

  it('moves the vote of a leaving member, and then lets it go', async () => {
    bench = new Bench(FOUR);
    await bench.pass(10 * KEEPER_INTERVAL_MS);
    expect(bench.changes).toEqual([]);
    bench.list = FOUR.map((each) => ({ ...each, leaving: each.nodeId === 'node3' }));
    await bench.pass(KEEPER_INTERVAL_MS);
    expect(bench.changes).toEqual([{ voters: replicas(1, 2, 3), learners: replicas(4) }]);
    expect(bench.commands).toEqual([]);
    await bench.pass(KEEPER_INTERVAL_MS);
    expect(bench.changes[1]).toEqual({ voters: replicas(1, 2, 4), learners: [] });
    await bench.pass(KEEPER_INTERVAL_MS);
    expect(bench.commands.at(-1)).toEqual({ kind: 'drop', nodeId: 'node3', version: 1 });
  });

  // Breaks otherwise: the only copy of a shard is on a node that the operator believes to be free of data.
  it('lets nobody go that shards count on', async () => {
    bench = new Bench([...FOUR.slice(0, 3), member(5, { roles: ['queues'], leaving: true })]);
    bench.shardsNeed = true;
    await bench.pass(5 * KEEPER_INTERVAL_MS);
    expect(bench.commands).toEqual([]);
    bench.shardsNeed = false;
    await bench.pass(KEEPER_INTERVAL_MS);
    expect(bench.commands).toEqual([{ kind: 'drop', nodeId: 'node5', version: 1 }]);
  });

  it('gives the vote of a dead member away after REPLACE_AFTER_MS without a break', async () => {
    bench = new Bench(FOUR);
    bench.dead.add('node2');
    await bench.pass(REPLACE_AFTER_MS - KEEPER_INTERVAL_MS);
    bench.dead.clear();
    await bench.pass(KEEPER_INTERVAL_MS);
    bench.dead.add('node2');
    await bench.pass(REPLACE_AFTER_MS);
    expect(bench.changes).toEqual([]);
    await bench.pass(3 * KEEPER_INTERVAL_MS);
    expect(bench.changes.map(({ voters }) => voters)).toEqual([
      replicas(1, 2, 3),
      replicas(1, 3, 4),
    ]);
  });

  it('does nothing while it does not lead, and tries again what was refused', async () => {
    bench = new Bench(FOUR.map((each) => ({ ...each, leaving: each.nodeId === 'node3' })));
    bench.leads = false;
    await bench.pass(5 * KEEPER_INTERVAL_MS);
    expect(bench.keeper.canGoOnWithout('node2')).toBeNull();
    bench.leads = true;
    bench.refuses = true;
    await bench.pass(5 * KEEPER_INTERVAL_MS);
    expect(bench.changes).toEqual([]);
    bench.refuses = false;
    await bench.pass(KEEPER_INTERVAL_MS);
    expect(bench.changes).toHaveLength(1);
  });

  it('knows without whom the cluster could not go on', () => {
    bench = new Bench([...FOUR.slice(0, 3), member(5, { roles: ['queues'] })]);
    expect(bench.keeper.canGoOnWithout('node2')).toBe(true);
    bench.dead.add('node3');
    expect(
      ['node2', 'node3', 'node5', 'node9'].map((node) => bench.keeper.canGoOnWithout(node)),
    ).toEqual([false, true, true, true]);
    bench.dead.clear();
    bench.shardsNeed = true;
    expect(bench.keeper.canGoOnWithout('node5')).toBe(false);
  });
});
