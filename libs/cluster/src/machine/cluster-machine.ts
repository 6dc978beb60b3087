import {
  decode,
  encode,
  MalformedError,
  TupleReader,
  type Applied,
  type ApplyContext,
  type Instant,
  type LeaderDuties,
  type ReplicatedMachine,
  type StateTables,
  type Term,
} from '@sinkron/consensus';
import type { ClusterSettings } from '../core/formation.js';
import {
  applyMembersCommand,
  type MembersCommand,
  type MembersResult,
} from '../core/members/members-command.js';
import type { ListedMember, MembersList } from '../core/members/members-list.js';
import { readSettings, settingsTuple } from '../formation/formation-codec.js';
import {
  membersCommandTuple,
  membersListTuple,
  readMembersCommand,
  readMembersList,
} from './members-codec.js';

export const CLUSTER_MACHINE = 'cluster';
const TABLE = 'cluster';
const IDENTITY = 'identity';
const MEMBERS = 'members';

/** What the first leader committed: the cluster's random id and what it fixed for ever. */
export interface ClusterIdentity {
  readonly clusterId: string;
  readonly settings: ClusterSettings;
}

/** What a replica proposes when it leads and nothing of the kind is committed. */
export interface FirstState {
  readonly identity: ClusterIdentity;
  /** Null on a node that is no founder: then the list was committed before it came. */
  readonly founders: readonly ListedMember[] | null;
}

/** Told whenever a committed value is found or made. */
export interface ClusterNews {
  identity(identity: ClusterIdentity): void;
  members(list: MembersList): void;
}

type Command =
  | { readonly kind: 'identity'; readonly identity: ClusterIdentity }
  | { readonly kind: 'members'; readonly change: MembersCommand };

/**
 * The cluster's identity and members as replicated state. The first identity committed is the one;
 * the list of members goes from version to version by commands.
 */
export class ClusterMachine implements ReplicatedMachine<never> {
  readonly name = CLUSTER_MACHINE;
  private tables: StateTables | undefined;
  private identity: ClusterIdentity | null = null;
  private list: MembersList | null = null;
  private proposed = false;

  constructor(
    private readonly first: FirstState,
    private readonly news: ClusterNews,
  ) {}

  open(tables: StateTables): void {
    this.tables = tables;
    const identity = tables.get(TABLE, IDENTITY);
    if (identity !== undefined) {
      this.identity = readClusterIdentity(decode(identity));
      this.news.identity(this.identity);
    }
    const list = tables.get(TABLE, MEMBERS);
    if (list !== undefined) {
      this.list = readMembersList(decode(list));
      this.news.members(this.list);
    }
  }

  apply(body: unknown, _context: ApplyContext): Applied<never> {
    const command = commandIn(body);
    if (command === null) return answer(null);
    if (command.kind === 'members') return answer(this.change(command.change));
    if (this.identity === null) {
      this.identity = command.identity;
      this.tables?.put(TABLE, IDENTITY, encode(clusterIdentityTuple(command.identity)));
      this.news.identity(command.identity);
    }
    return answer(null);
  }

  query(): unknown {
    return this.identity === null ? null : clusterIdentityTuple(this.identity);
  }

  readonly duties: LeaderDuties<never> = {
    start: (_term: Term, _instant: Instant) => {
      this.proposed = false;
    },
    observe: () => {},
    tick: () => {
      if (this.proposed) return [];
      const missing = this.missing();
      this.proposed = missing.length > 0;
      return missing;
    },
    followUps: () => [],
    refused: () => {
      this.proposed = false;
    },
    takeNotices: () => [],
    request: () => {
      throw new MalformedError('the cluster machine answers no requests');
    },
    stop: () => {},
  };

  private change(command: MembersCommand): MembersResult {
    const { list, result } = applyMembersCommand(this.list, command);
    if (list !== null && list !== this.list) {
      this.list = list;
      this.tables?.put(TABLE, MEMBERS, encode(membersListTuple(list)));
      this.news.members(list);
    }
    return result;
  }

  private missing(): readonly unknown[] {
    const { identity, founders } = this.first;
    const missing: unknown[] = [];
    if (this.identity === null) missing.push(clusterIdentityTuple(identity));
    if (this.list === null && founders !== null) {
      missing.push(membersCommandTuple({ kind: 'found', members: founders }));
    }
    return missing;
  }
}

function answer(result: MembersResult | null): Applied<never> {
  // Before there is a list, nothing is refused for good.
  const passing = result?.kind === 'refused' && result.reason === 'notFormed';
  return { result, remember: result !== null && !passing, effects: [] };
}

export function clusterIdentityTuple(identity: ClusterIdentity): readonly unknown[] {
  return [identity.clusterId, settingsTuple(identity.settings)];
}

/** Null for a command that is none: it changes nothing, where throwing would stop every replica. */
function commandIn(body: unknown): Command | null {
  try {
    const change = readMembersCommand(body);
    if (change !== null) return { kind: 'members', change };
    return { kind: 'identity', identity: readClusterIdentity(body) };
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** @throws MalformedError */
export function readClusterIdentity(value: unknown): ClusterIdentity {
  const reader = new TupleReader(value);
  return { clusterId: reader.text(), settings: readSettings(reader.list()) };
}
