import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import {
  NO_MEMBERS,
  replicaOf,
  type Configuration,
  type ConsensusService,
  type ReplicatedMachine,
} from '@sinkron/consensus';
import type { PeerTransport } from '@sinkron/transport';
import type { ListedMember, MembersList } from '../core/members/members-list.js';
import type { KnownCluster } from '../members/known-cluster.js';
import type { LivingMembers } from '../members/living-members.js';
import type { StatusService } from '../status/status.service.js';
import { ShardDepartures } from './shard-departures.js';
import { ShardFamilies } from './shard-families.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node1', SHARDS: '2' });
const on = (...indexes: readonly number[]): Configuration => ({
  ...NO_MEMBERS,
  voters: indexes.map((index) => replicaOf(`node${index}`, `d${index}`)),
});

function member(index: number, leaving = false): ListedMember {
  const nodeId = `node${index}`;
  return { nodeId, address: nodeId, roles: ['queues'], diskId: `d${index}`, leaving };
}

function listOf(...members: readonly ListedMember[]): MembersList {
  const founders = members.map(({ nodeId, diskId }) => ({ nodeId, diskId: diskId ?? '' }));
  const queues = { name: 'queues', role: 'queues', founders, shards: [[0], [0]] };
  return { version: 1, members, families: [queues] };
}

type Handler = (from: string, body: unknown) => unknown;

/** node1, which leads queues-0; node2 leads queues-1. */
class Bench {
  list: MembersList | null = listOf(member(1), member(2), member(3), member(4, true));
  readonly dead = new Set<string>();
  seen: readonly { id: string; leader: string | null; members: Configuration }[] = [
    { id: 'coordination', leader: 'node1', members: on(1) },
    { id: 'queues-0', leader: 'node1', members: on(1, 2, 3) },
    { id: 'queues-1', leader: 'node2', members: on(1, 2, 3) },
  ];
  /** The replica of queues-0 here. */
  own = { members: on(1, 2, 3), committedMembers: on(1, 2, 3), lease: true };
  /** What node2 answers. */
  reply: unknown = ['queues-1'];
  readonly asked: unknown[] = [];
  running = ['coordination', 'queues-0'];
  readonly departures: ShardDepartures;
  /** What node4 answers. */
  vacated: unknown = true;
  private readonly handlers = new Map<string, Handler>();

  constructor() {
    const known = {};
    Object.defineProperty(known, 'list', { get: () => this.list });
    const families = new ShardFamilies(CONFIGURATION);
    const machine = (name: string) => ({ name }) as unknown as ReplicatedMachine;
    families.register({ name: 'queues', role: 'queues', machine });
    this.departures = new ShardDepartures(
      CONFIGURATION,
      {
        now: () => 0,
        groups: () => this.running.map((group) => ({ group })),
        group: (group: string) =>
          group === 'queues-0' ? { raft: this.own, leaseValidAt: () => this.own.lease } : undefined,
      } as unknown as ConsensusService,
      {
        handle: (method: string, handler: Handler) => this.handlers.set(method, handler),
        request: async (to: string, method: string, body: unknown) => {
          this.asked.push([to, body]);
          if (method === 'cluster.shards-vacated') return this.vacated;
          if (this.reply instanceof Error) throw this.reply;
          return this.reply;
        },
      } as unknown as PeerTransport,
      { groups: () => this.seen } as unknown as StatusService,
      known as unknown as KnownCluster,
      { isAlive: (node: string) => !this.dead.has(node) } as unknown as LivingMembers,
      families,
    );
    this.departures.onModuleInit();
  }

  answer(body: unknown, method = 'cluster.shards-free-of'): unknown {
    return this.handlers.get(method)?.('node2', body);
  }

  async isFree(): Promise<boolean> {
    return await this.departures.isFree('node4');
  }
}

describe('ShardDepartures', () => {
  let bench: Bench;
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => (bench = new Bench()));

  it('lets a member go when the leader of every shard says that it does not count on it', async () => {
    expect(await bench.isFree()).toBe(true);
    expect(bench.asked).toEqual([
      ['node4', 1],
      ['node2', ['node4', ['queues-1'], 1]],
    ]);
  });

  // Breaks otherwise: queues-0 has a new leader with an older list, which makes node4 a voter while it is dropped.
  it('asks a leaving member that lives first, and no dead one', async () => {
    bench.vacated = false;
    expect([await bench.isFree(), bench.asked]).toEqual([false, [['node4', 1]]]);
    bench.dead.add('node4');
    expect(await bench.isFree()).toBe(true);
  });

  it('answers as a leaving member that has left when it knows that, and no shard runs here', () => {
    const answer = (version: number): unknown => bench.answer(version, 'cluster.shards-vacated');
    bench.running = ['coordination'];
    expect(answer(1)).toBe(false);
    bench.list = listOf(member(1, true), member(2));
    expect([answer(1), answer(2)]).toEqual([true, false]);
    bench.running = ['coordination', 'queues-0'];
    expect(answer(1)).toBe(false);
    bench.list = null;
    expect(answer(1)).toBe(false);
  });

  // Breaks otherwise: node2 was deposed, and its successor has just made node4 a voter of queues-1.
  it.each<readonly [string, unknown]>([
    ['does not confirm it', []],
    ['does not answer', new Error('TIMEOUT')],
    ['answers what is none', 'queues-1'],
  ])('does not when a leader %s, though all statuses say so', async (_what, reply) => {
    bench.reply = reply;
    expect(await bench.isFree()).toBe(false);
  });

  it('does not ask when a status counts on it, or a shard has no leader', async () => {
    const [coordination, first, second] = bench.seen;
    if (!coordination || !first || !second) throw new Error('three groups');
    for (const other of [
      { ...second, leader: null },
      { ...second, members: on(1, 2, 4) },
    ]) {
      bench.seen = [coordination, first, other];
      expect(await bench.isFree()).toBe(false);
    }
    bench.seen = [coordination, first];
    expect(await bench.isFree()).toBe(false);
    expect(bench.asked).toEqual([]);
  });

  it('answers as a leader by its lease and its configuration, also one that is not committed', () => {
    const answer = (): unknown => bench.answer(['node4', ['queues-0', 'queues-1'], 1]);
    expect(answer()).toEqual(['queues-0']);
    bench.own.lease = false;
    expect(answer()).toEqual([]);
    bench.own = { members: on(1, 2, 3), committedMembers: on(1, 2, 4), lease: true };
    expect(answer()).toEqual([]);
  });

  // Breaks otherwise: the leader of a shard does not know yet that node4 leaves, says that it does not count on
  // it, and makes it a voter the next moment.
  it('answers nothing of a member that is not leaving as far as it knows', () => {
    for (const list of [listOf(member(1), member(4)), listOf(member(1)), null]) {
      bench.list = list;
      expect(bench.answer(['node4', ['queues-0'], 1])).toEqual([]);
    }
  });

  it('answers nothing by an older list than the one that is asked about', () => {
    expect(bench.answer(['node4', ['queues-0'], 1])).toEqual(['queues-0']);
    expect(bench.answer(['node4', ['queues-0'], 2])).toEqual([]);
  });

  it('knows without whom shards would lose their majority', () => {
    bench.list = listOf(member(1), member(2), member(3));
    expect(bench.departures.canGoOnWithout('node3')).toBe(true);
    bench.dead.add('node2');
    expect(
      ['node1', 'node2', 'node3', 'node9'].map((node) => bench.departures.canGoOnWithout(node)),
    ).toEqual([false, true, false, true]);
  });
});
