import fc from 'fast-check';
import { MEMBERS_MAX } from '../../limits.js';
import { applyMembersCommand, type MembersCommand, type MembersResult } from './members-command.js';
import type { Holder, ShardFamily } from '../../shards/core/shard-family.js';
import type { ListedMember, MembersList } from './members-list.js';

const ROLES = ['locks', 'queues'];

function member(index: number, changes: Partial<ListedMember> = {}): ListedMember {
  const nodeId = `node${index}`;
  const address = `127.0.0.1:900${index}`;
  return { nodeId, address, roles: ROLES, diskId: `d${index}`, leaving: false, ...changes };
}

function holder(index: number): Holder {
  return { nodeId: `node${index}`, diskId: `d${index}` };
}

function list(...members: readonly ListedMember[]): MembersList {
  return { version: 7, members, families: [] };
}

const THREE = list(member(1), member(2), member(3));
const NODE4 = { nodeId: 'node4', address: '127.0.0.1:9004', roles: ROLES };
const ACCEPTED: MembersResult = { kind: 'accepted' };
const refused = (reason: string): object => ({ kind: 'refused', reason });

describe('applyMembersCommand', () => {
  it('founds a list once, sorted', () => {
    const first = applyMembersCommand(null, { kind: 'found', members: [member(2), member(1)] });
    expect(first).toEqual({
      list: { version: 1, members: [member(1), member(2)], families: [] },
      result: ACCEPTED,
    });
    const again = applyMembersCommand(first.list, { kind: 'found', members: [member(3)] });
    expect(again.list).toBe(first.list);
    expect(applyMembersCommand(null, { kind: 'add', ...NODE4 })).toEqual({
      list: null,
      result: refused('notFormed'),
    });
  });

  it('adds a node without a disk; the same again changes nothing', () => {
    const added = applyMembersCommand(THREE, { kind: 'add', ...NODE4 });
    expect(added.result).toEqual(ACCEPTED);
    expect(added.list).toEqual({
      version: 8,
      members: [...THREE.members, member(4, { diskId: null })],
      families: [],
    });
    const turned = { ...NODE4, roles: ROLES.toReversed() };
    expect(applyMembersCommand(added.list, { kind: 'add', ...turned })).toEqual({
      list: added.list,
      result: ACCEPTED,
    });
  });

  it.each([
    [{ ...NODE4, nodeId: 'node3' }, 'differs'],
    [{ nodeId: 'node3', address: '127.0.0.1:9003', roles: ['locks'] }, 'differs'],
    [{ ...NODE4, address: '127.0.0.1:9003' }, 'addressTaken'],
  ])('refuses to add %j: %s', (node, reason) => {
    const { list: after, result } = applyMembersCommand(THREE, { kind: 'add', ...node });
    expect([after, result]).toEqual([THREE, refused(reason)]);
  });

  it('refuses to add a node that is leaving, and more than the maximum', () => {
    const leaving = list(member(1), member(2), member(4, { leaving: true }));
    expect(applyMembersCommand(leaving, { kind: 'add', ...NODE4 }).result).toEqual(
      refused('leaving'),
    );
    const many = Array.from({ length: MEMBERS_MAX }, (_, index) =>
      member(1, { nodeId: `n${index}`, address: `127.0.0.1:${10_000 + index}` }),
    );
    expect(applyMembersCommand(list(...many), { kind: 'add', ...NODE4 }).result).toEqual(
      refused('tooMany'),
    );
  });

  it('notes the disk of a member, and another one later', () => {
    const joining = list(member(1), member(4, { diskId: null }));
    const disk: MembersCommand = { kind: 'disk', nodeId: 'node4', diskId: 'd4' };
    const joined = applyMembersCommand(joining, disk);
    expect(joined.list).toEqual({ ...THREE, version: 8, members: [member(1), member(4)] });
    expect(applyMembersCommand(joined.list, disk).list).toBe(joined.list);
    const other = applyMembersCommand(joined.list, { ...disk, diskId: 'new' });
    expect(other.list?.members[1]?.diskId).toBe('new');
    expect(applyMembersCommand(THREE, disk).result).toEqual({ kind: 'notFound' });
    const leaving = list(member(1), member(4, { leaving: true }));
    expect(applyMembersCommand(leaving, { ...disk, diskId: 'new' }).result).toEqual(
      refused('leaving'),
    );
  });

  it('removes in two steps, and drops only who is leaving', () => {
    const remove: MembersCommand = { kind: 'remove', nodeId: 'node3' };
    const drop: MembersCommand = { kind: 'drop', nodeId: 'node3', version: 8 };
    expect(applyMembersCommand(THREE, { ...drop, version: 7 })).toEqual({
      list: THREE,
      result: { kind: 'notFound' },
    });
    const leaving = applyMembersCommand(THREE, remove);
    expect(leaving).toEqual({
      list: { ...list(member(1), member(2), member(3, { leaving: true })), version: 8 },
      result: ACCEPTED,
    });
    expect(applyMembersCommand(leaving.list, remove)).toEqual({
      list: leaving.list,
      result: ACCEPTED,
    });
    const gone = applyMembersCommand(leaving.list, drop);
    expect(gone).toEqual({
      list: { ...list(member(1), member(2)), version: 9 },
      result: ACCEPTED,
    });
    expect(applyMembersCommand(gone.list, remove).result).toEqual({ kind: 'notFound' });
  });

  // Breaks otherwise: dropped, added anew and come, it has a vote; it is to leave, and a copy of the first
  // drop, of a former leader, takes it out of the list while it votes.
  it('drops nobody by an old command', () => {
    const leaving: MembersList = {
      ...list(member(1), member(3, { leaving: true })),
      version: 12,
    };
    const drop: MembersCommand = { kind: 'drop', nodeId: 'node3', version: 8 };
    expect(applyMembersCommand(leaving, drop)).toEqual({
      list: leaving,
      result: { kind: 'notFound' },
    });
  });

  it('removes who never came at once', () => {
    const joining = list(member(1), member(4, { diskId: null }));
    expect(applyMembersCommand(joining, { kind: 'remove', nodeId: 'node4' }).list).toEqual({
      ...list(member(1)),
      version: 8,
    });
  });

  const QUEUES: ShardFamily = {
    name: 'queues',
    role: 'queues',
    founders: [holder(1), holder(2)],
    shards: [[0, 1], [1]],
  };
  const founded: MembersList = { ...THREE, families: [QUEUES] };

  // Breaks otherwise: node4 joins while the shards are founded. Who goes by the list without it founds shard 0
  // with node1, node2, node3, who knows the list with it founds it with node2, node3, node4 (and node4 with
  // node1 of the other list): two majorities that have nobody in common, two leaders of one shard.
  it('founds a family once, whatever the list says by then', () => {
    const first = applyMembersCommand(THREE, { kind: 'foundFamily', family: QUEUES });
    expect(first).toEqual({ list: { ...founded, version: 8 }, result: ACCEPTED });
    const grown = { ...founded, members: [...THREE.members, member(4)] };
    const other: ShardFamily = { ...QUEUES, founders: [holder(3), holder(4)] };
    expect(applyMembersCommand(grown, { kind: 'foundFamily', family: other })).toEqual({
      list: grown,
      result: ACCEPTED,
    });
    const later = applyMembersCommand(founded, { kind: 'add', ...NODE4 });
    expect(later.list?.families).toEqual([QUEUES]);
  });

  it.each<readonly [string, ListedMember]>([
    ['has another disk', member(2, { diskId: 'new' })],
    ['is leaving', member(2, { leaving: true })],
    ['has not the role', member(2, { roles: ['locks'] })],
    ['is no member', member(3)],
  ])('founds no family with a node that %s', (_why, second) => {
    const one = list(member(1), second);
    expect(applyMembersCommand(one, { kind: 'foundFamily', family: QUEUES })).toEqual({
      list: one,
      result: refused('noHolder'),
    });
  });

  it.each([[[]], [[[]]], [[[2]]], [[[0, 0]]]])('founds no family with the shards %j', (shards) => {
    const { result } = applyMembersCommand(THREE, {
      kind: 'foundFamily',
      family: { ...QUEUES, shards },
    });
    expect(result).toEqual(refused('noHolder'));
  });

  it('keeps the last member that may hold the shards of a family', () => {
    const locks = member(3, { roles: ['locks'] });
    const one: MembersList = { ...list(member(1), locks), families: [QUEUES] };
    expect(applyMembersCommand(one, { kind: 'remove', nodeId: 'node1' })).toEqual({
      list: one,
      result: refused('lastHolder'),
    });
    expect(applyMembersCommand(one, { kind: 'remove', nodeId: 'node3' }).result).toEqual(ACCEPTED);
    const unfounded = { ...one, families: [] };
    expect(applyMembersCommand(unfounded, { kind: 'remove', nodeId: 'node1' }).result).toEqual(
      ACCEPTED,
    );
  });

  it('keeps the last member with the role locks that has a disk', () => {
    const queues = member(2, { roles: ['queues'] });
    const others = [queues, member(3, { diskId: null }), member(4, { leaving: true })];
    const one = list(member(1), ...others);
    expect(applyMembersCommand(one, { kind: 'remove', nodeId: 'node1' })).toEqual({
      list: one,
      result: refused('lastLocks'),
    });
    expect(applyMembersCommand(one, { kind: 'remove', nodeId: 'node2' }).result).toEqual(ACCEPTED);
  });

  it('never loses the last member with locks, and the version counts the changes', () => {
    const nodeId = fc.integer({ min: 1, max: 6 }).map((index) => `node${index}`);
    const diskId = fc.constantFrom('x', 'y');
    const address = fc.integer({ min: 1, max: 7 }).map((index) => `127.0.0.1:900${index}`);
    const roles = fc.subarray(ROLES, { minLength: 1 });
    const command: fc.Arbitrary<MembersCommand> = fc.oneof(
      fc.record({ kind: fc.constant('add'), nodeId, address, roles }),
      fc.record({ kind: fc.constant('disk'), nodeId, diskId }),
      fc.record({ kind: fc.constant('remove'), nodeId }),
      // So many versions ago.
      fc.record({ kind: fc.constant('drop'), nodeId, version: fc.constantFrom(0, 0, 1) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        let now = THREE;
        for (const drawn of commands) {
          const each =
            drawn.kind === 'drop' ? { ...drawn, version: now.version - drawn.version } : drawn;
          const { list: next, result } = applyMembersCommand(now, each);
          expect(next?.version).toBe(now.version + (next === now ? 0 : 1));
          if (result.kind !== 'accepted') expect(next).toBe(now);
          now = next ?? now;
          const ids = now.members.map((each_) => each_.nodeId);
          expect(ids).toEqual([...new Set(ids)].sort());
          expect(new Set(now.members.map((each_) => each_.address)).size).toBe(ids.length);
          const holders = now.members.filter(
            (each_) => each_.roles.includes('locks') && each_.diskId !== null && !each_.leaving,
          );
          expect(holders.length).toBeGreaterThan(0);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});
