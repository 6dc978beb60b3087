import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConsensusService, MalformedError, nodeOf, TupleReader } from '@sinkron/consensus';
import { ProblemError } from '@sinkron/http';
import { PeerTransport } from '@sinkron/transport';
import type { MembersRefusal, MembersResult } from '../core/members/members-command.js';
import { COORDINATION_GROUP } from '../groups.js';
import { MEMBERS_MAX } from '../limits.js';
import { LeaderCall } from '../routing/leader-call.js';
import { readReadReply, type Refusal } from '../routing/replies.js';
import { MemberCommands, type MemberCommandOptions } from './member-commands.js';
import { MembershipKeeper } from './membership-keeper.js';

/** Method of the peer transport: a node id -> whether the cluster can go on without, by the leader. */
const REMOVABLE_METHOD = 'cluster.removable';

type Removable = { readonly kind: 'removable' } | { readonly kind: 'needed' };

export interface NewMember {
  readonly nodeId: string;
  readonly address: string;
  readonly roles: readonly string[];
}

export interface MemberChanged {
  readonly replayed: boolean;
  /** What came of it, or the refusal. */
  readonly refusal: ProblemError | null;
}

/** Adds and removes members for operators, at any node. */
@Injectable()
export class MemberChanges implements OnModuleInit {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly leaderCall: LeaderCall,
    private readonly keeper: MembershipKeeper,
    private readonly commands: MemberCommands,
  ) {}

  onModuleInit(): void {
    this.transport.handle(REMOVABLE_METHOD, (_from, body) =>
      this.asLeader(new TupleReader([body]).text()),
    );
  }

  /** Lets a node join. @throws ProblemError what any command may meet. */
  async add(member: NewMember, options: MemberCommandOptions): Promise<MemberChanged> {
    const { result, replayed } = await this.commands.execute({ kind: 'add', ...member }, options);
    return { replayed, refusal: refusalOf(member.nodeId, result) };
  }

  /** Has a member leave. @throws ProblemError MEMBERSHIP_REFUSED, and what any command may meet. */
  async remove(node: string, options: MemberCommandOptions): Promise<MemberChanged> {
    const { reply } = await this.leaderCall.call<Removable>({
      group: COORDINATION_GROUP,
      method: REMOVABLE_METHOD,
      body: node,
      deadlineMs: options.deadlineMs,
      local: async () => this.asLeader(node),
      read: readRemovable,
      mutates: false,
    });
    if (reply.kind === 'needed') {
      throw new ProblemError(
        'MEMBERSHIP_REFUSED',
        `without ${node}, the members that are reached would be no majority of those that are left; start others, or remove dead ones first`,
      );
    }
    const command = { kind: 'remove', nodeId: node } as const;
    const { result, replayed } = await this.commands.execute(command, options);
    return { replayed, refusal: refusalOf(node, result) };
  }

  private asLeader(node: string): Removable | Refusal {
    const canGoOn = this.keeper.canGoOnWithout(node);
    if (canGoOn === null) {
      const { leader = null, term = 0 } = this.consensus.group(COORDINATION_GROUP)?.raft ?? {};
      const hint = leader === null ? null : nodeOf(leader);
      return { kind: 'refused', reason: 'notLeader', leader: hint, term };
    }
    return { kind: canGoOn ? 'removable' : 'needed' };
  }
}

/** @throws MalformedError */
function readRemovable(value: unknown): Removable | Refusal {
  if (typeof value === 'object' && value !== null && 'kind' in value) {
    if (value.kind === 'removable' || value.kind === 'needed') return { kind: value.kind };
  }
  const refused = readReadReply(value);
  if (refused.kind === 'refused') return refused;
  throw new MalformedError('not an answer');
}

function refusalOf(node: string, result: MembersResult): ProblemError | null {
  switch (result.kind) {
    case 'accepted':
      return null;
    case 'notFound':
      return new ProblemError('MEMBER_NOT_FOUND', `${node} is no member of this cluster`);
    case 'refused':
      if (result.reason === 'notFormed') {
        return new ProblemError('NO_LEADER', 'the cluster is only being formed');
      }
      return new ProblemError('MEMBERSHIP_REFUSED', refusalText(node, result.reason));
  }
}

function refusalText(node: string, reason: Exclude<MembersRefusal, 'notFormed'>): string {
  switch (reason) {
    case 'differs':
      return `${node} is a member with another address or other roles; remove it first`;
    case 'addressTaken':
      return `another member than ${node} has this address`;
    case 'leaving':
      return `${node} is being removed; add it again when it is gone`;
    case 'lastLocks':
      return `${node} is the last member with the role locks`;
    case 'lastHolder':
      return `${node} is the last member with a role whose shards the cluster has`;
    case 'noHolder':
      return `${node} cannot hold shards`;
    case 'tooMany':
      return `a cluster has at most ${MEMBERS_MAX} members`;
  }
}
