import { MalformedError, TupleReader } from '@sinkron/consensus';
import type { MembersCommand, MembersResult } from '../core/members/members-command.js';
import type { ListedMember, MembersList } from '../core/members/members-list.js';
import type { Holder, ShardFamily } from '../shards/core/shard-family.js';
import { readTexts } from '../formation/formation-codec.js';

/** `[version, members, families]`, for state, wire and disk. */
export function membersListTuple({ version, members, families }: MembersList): readonly unknown[] {
  return [version, members.map(memberTuple), families.map(familyTuple)];
}

/** @throws MalformedError */
export function readMembersList(value: unknown): MembersList {
  const reader = new TupleReader(value);
  const version = reader.natural();
  const members = reader.list().map(readMember);
  // Lists of the time before there were families have two fields.
  const families = reader.any() ?? [];
  if (!Array.isArray(families)) throw new MalformedError('wanted a list of families');
  return { version, members, families: families.map(readFamily) };
}

/** Marks commands about members among those of the cluster machine. */
const MARK = 'members';

/** `['members', [kind, …]]`. */
export function membersCommandTuple(command: MembersCommand): readonly unknown[] {
  return [MARK, fieldsOf(command)];
}

function fieldsOf(command: MembersCommand): readonly unknown[] {
  const { kind } = command;
  switch (kind) {
    case 'found':
      return [kind, command.members.map(memberTuple)];
    case 'foundFamily':
      return [kind, familyTuple(command.family)];
    case 'add':
      return [kind, command.nodeId, command.address, command.roles];
    case 'disk':
      return [kind, command.nodeId, command.diskId];
    case 'remove':
      return [kind, command.nodeId];
    case 'drop':
      return [kind, command.nodeId, command.version];
  }
}

/** Null when it is a command about something else. @throws MalformedError */
export function readMembersCommand(value: unknown): MembersCommand | null {
  const outer = new TupleReader(value);
  if (outer.any() !== MARK) return null;
  const reader = new TupleReader(outer.list());
  const kind = reader.text();
  switch (kind) {
    case 'found':
      return { kind, members: reader.list().map(readMember) };
    case 'foundFamily':
      return { kind, family: readFamily(reader.list()) };
    case 'add':
      return {
        kind,
        nodeId: reader.text(),
        address: reader.text(),
        roles: readTexts(reader.list()),
      };
    case 'disk':
      return { kind, nodeId: reader.text(), diskId: reader.text() };
    case 'remove':
      return { kind, nodeId: reader.text() };
    case 'drop':
      return { kind, nodeId: reader.text(), version: reader.natural() };
    default:
      throw new MalformedError(`no such command about members: ${kind}`);
  }
}

const REFUSALS = [
  'differs',
  'addressTaken',
  'leaving',
  'lastLocks',
  'lastHolder',
  'noHolder',
  'tooMany',
  'notFormed',
] as const;

/** @throws MalformedError */
export function readMembersResult(value: unknown): MembersResult {
  if (typeof value !== 'object' || value === null) throw new MalformedError('not a result');
  const { kind, reason }: Readonly<Record<string, unknown>> = { ...value };
  if (kind === 'accepted' || kind === 'notFound') return { kind };
  const refusal = REFUSALS.find((known) => known === reason);
  if (kind === 'refused' && refusal !== undefined) return { kind, reason: refusal };
  throw new MalformedError('not a result');
}

function memberTuple(member: ListedMember): readonly unknown[] {
  const { nodeId, address, roles, diskId, leaving } = member;
  return [nodeId, address, roles, diskId, leaving];
}

function readMember(value: unknown): ListedMember {
  const reader = new TupleReader(value);
  return {
    nodeId: reader.text(),
    address: reader.text(),
    roles: readTexts(reader.list()),
    diskId: reader.textOrNull(),
    leaving: reader.flag(),
  };
}

/** `[name, role, founders, shards]`; a founder is `[nodeId, diskId]`. */
function familyTuple({ name, role, founders, shards }: ShardFamily): readonly unknown[] {
  return [name, role, founders.map(({ nodeId, diskId }) => [nodeId, diskId]), shards];
}

function readFamily(value: unknown): ShardFamily {
  const reader = new TupleReader(value);
  return {
    name: reader.text(),
    role: reader.text(),
    founders: reader.list().map(readHolder),
    shards: reader.list().map((shard) => {
      if (!Array.isArray(shard)) throw new MalformedError('wanted the places of a shard');
      const places = new TupleReader(shard);
      return shard.map(() => places.natural());
    }),
  };
}

function readHolder(value: unknown): Holder {
  const reader = new TupleReader(value);
  return { nodeId: reader.text(), diskId: reader.text() };
}
