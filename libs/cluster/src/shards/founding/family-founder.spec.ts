import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import type { ConsensusService, ReplicatedMachine } from '@sinkron/consensus';
import type { MembersCommand } from '../../core/members/members-command.js';
import type { ListedMember, MembersList } from '../../core/members/members-list.js';
import { KEEPER_INTERVAL_MS } from '../../limits.js';
import type { KnownCluster } from '../../members/known-cluster.js';
import type { MemberCommands } from '../../members/member-commands.js';
import { FamilyFounder } from './family-founder.js';
import { ShardFamilies } from '../shard-families.js';

const CONFIGURATION = parseConfiguration({ DATA_DIR: '/unused', SHARDS: '2' });
const machine = (name: string) => ({ name }) as unknown as ReplicatedMachine;

function member(index: number, changes: Partial<ListedMember> = {}): ListedMember {
  const nodeId = `node${index}`;
  const address = `127.0.0.1:900${index}`;
  return { nodeId, address, roles: ['queues'], diskId: `d${index}`, leaving: false, ...changes };
}

class Bench {
  leads = true;
  fails = false;
  list: MembersList | null = null;
  readonly commands: MembersCommand[] = [];
  private changed: () => void = () => undefined;

  constructor(...names: readonly string[]) {
    const families = new ShardFamilies(CONFIGURATION);
    for (const name of names) families.register({ name, role: 'queues', machine });
    const known = { onChange: (listener: () => void) => (this.changed = listener) };
    Object.defineProperty(known, 'list', { get: () => this.list });
    const founder = new FamilyFounder(
      CONFIGURATION,
      {
        group: () => ({ raft: { roleName: this.leads ? 'leader' : 'follower' } }),
      } as unknown as ConsensusService,
      families,
      known as unknown as KnownCluster,
      {
        run: async (command: MembersCommand) => {
          this.commands.push(command);
          if (this.fails) throw new Error('no leader');
          return { kind: 'accepted' };
        },
      } as unknown as MemberCommands,
    );
    founder.onModuleInit();
    founder.start();
  }

  async tell(...members: readonly ListedMember[]): Promise<void> {
    this.list = { version: 1, members, families: [] };
    this.changed();
    await jest.advanceTimersByTimeAsync(0);
  }
}

describe('FamilyFounder', () => {
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const pass = async (): Promise<void> => await jest.advanceTimersByTimeAsync(KEEPER_INTERVAL_MS);

  it('has the founders committed when the list is known, and again until it has them', async () => {
    const bench = new Bench('queues');
    await pass();
    expect(bench.commands).toEqual([]);
    await bench.tell(member(1), member(2, { roles: ['locks'] }));
    const found = {
      kind: 'foundFamily',
      family: {
        name: 'queues',
        role: 'queues',
        founders: [{ nodeId: 'node1', diskId: 'd1' }],
        shards: [[0], [0]],
      },
    };
    expect(bench.commands).toEqual([found]);
    bench.fails = true;
    await pass();
    expect(bench.commands).toEqual([found, found]);
    bench.list = { version: 2, members: [], families: [{ ...found.family }] };
    await pass();
    expect(bench.commands).toHaveLength(2);
  });

  it('waits for the first member that may hold shards', async () => {
    const bench = new Bench('queues');
    await bench.tell(member(1, { roles: ['locks'] }), member(2, { diskId: null }));
    expect(bench.commands).toEqual([]);
    await bench.tell(member(1, { roles: ['locks'] }), member(2));
    expect(bench.commands).toMatchObject([{ family: { founders: [{ nodeId: 'node2' }] } }]);
  });

  it('does nothing where it does not lead, and where no feature has a family', async () => {
    const follower = new Bench('queues');
    follower.leads = false;
    await follower.tell(member(1));
    const bare = new Bench();
    await bare.tell(member(1));
    await pass();
    expect([follower.commands, bare.commands]).toEqual([[], []]);
  });
});
