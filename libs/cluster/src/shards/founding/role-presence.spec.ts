import { Logger } from '@nestjs/common';
import { parseConfiguration } from '@sinkron/config';
import type { ReplicatedMachine } from '@sinkron/consensus';
import type { ListedMember } from '../../core/members/members-list.js';
import type { KnownCluster } from '../../members/known-cluster.js';
import { LeaderWatch } from '../../routing/leader-watch.js';
import { RolePresence } from './role-presence.js';
import { ShardFamilies } from '../shard-families.js';

const machine = (name: string) => ({ name }) as unknown as ReplicatedMachine;
const member = (roles: readonly string[], diskId: string | null = 'd') =>
  ({ roles, diskId }) as unknown as ListedMember;

describe('RolePresence', () => {
  const leaders = new LeaderWatch();
  const known = { list: { families: [] as { name: string }[] } };
  const families = new ShardFamilies(parseConfiguration({ DATA_DIR: '/unused', SHARDS: '2' }));
  families.register({ name: 'queues', role: 'queues', machine });
  const presence = new RolePresence(families, known as unknown as KnownCluster, leaders);
  const absent = () =>
    ['coordination', 'queues-0', 'queues-1'].map((group) => leaders.absentRole(group));
  beforeAll(() => Logger.overrideLogger(false));

  it('tells of no role that a member has, or whose shards are founded', () => {
    presence.look([member(['locks'])]);
    expect(absent()).toEqual([undefined, 'queues', 'queues']);
    presence.look([member(['locks']), member(['queues'], null)]);
    expect(absent()).toEqual([undefined, 'queues', 'queues']);
    presence.look([member(['locks']), member(['queues'])]);
    expect(absent()).toEqual([undefined, undefined, undefined]);
    known.list.families.push({ name: 'queues' });
    presence.look([member(['locks'])]);
    expect(absent()).toEqual([undefined, undefined, undefined]);
  });

  it('has no shards without a coordination group, which would have to found them', () => {
    known.list.families.pop();
    presence.look([member(['queues'])]);
    expect(absent()).toEqual(['locks', 'locks', 'locks']);
  });
});
