import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConsensusService, MalformedError, nodeOf, TupleReader } from '@sinkron/consensus';
import { ProblemError } from '@sinkron/http';
import { PeerTransport } from '@sinkron/transport';
import { ClusterService } from '../cluster.service.js';
import { LeaderCall } from '../routing/leader-call.js';
import { readReadReply, type Refusal } from '../routing/replies.js';
import { StatusService } from '../status/status.service.js';

/** Method of the peer transport: [group, to], answered by the leader of the group. */
const TRANSFER_METHOD = 'group.transfer';

export interface Transferred {
  readonly group: string;
  readonly leader: string;
  readonly term: number;
}

/** What came of a transfer at the leader that was asked for it. */
type TransferReply =
  | { readonly kind: 'leads'; readonly leader: string; readonly term: number }
  | { readonly kind: 'notVoter' }
  | { readonly kind: 'failed' };

/** Hands the leadership of groups over, from any node. */
@Injectable()
export class GroupTransfers implements OnModuleInit {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
    private readonly cluster: ClusterService,
    private readonly status: StatusService,
    private readonly leaderCall: LeaderCall,
  ) {}

  onModuleInit(): void {
    this.transport.handle(TRANSFER_METHOD, (_from, body) => {
      const reader = new TupleReader(body);
      return this.asLeader(reader.text(), reader.text());
    });
  }

  /**
   * Makes the node `to` lead a group; repeated, it answers the same.
   *
   * @throws ProblemError (as a rejection) RAFT_GROUP_NOT_FOUND, MEMBER_NOT_FOUND, MEMBERSHIP_REFUSED
   * when `to` is no voter of the group, NO_LEADER when it did not come to lead in time.
   */
  async transfer(group: string, to: string, deadlineMs: number): Promise<Transferred> {
    if (!this.status.groups().some(({ id }) => id === group)) {
      throw new ProblemError('RAFT_GROUP_NOT_FOUND', `there is no group ${group}`);
    }
    if (!this.cluster.members().some(({ nodeId }) => nodeId === to)) {
      throw new ProblemError('MEMBER_NOT_FOUND', `${to} is no member of this cluster`);
    }
    const { reply } = await this.leaderCall.call<TransferReply>({
      group,
      method: TRANSFER_METHOD,
      body: [group, to],
      deadlineMs,
      local: () => this.asLeader(group, to),
      read: readTransferReply,
      // Asking once more does no harm: who leads already, goes on.
      mutates: false,
    });
    switch (reply.kind) {
      case 'leads':
        return { group, leader: reply.leader, term: reply.term };
      case 'notVoter':
        throw new ProblemError('MEMBERSHIP_REFUSED', `${to} is no voter of ${group}`);
      case 'failed':
        throw new ProblemError('NO_LEADER', `${to} did not come to lead ${group} in time`);
    }
  }

  private async asLeader(group: string, to: string): Promise<TransferReply | Refusal> {
    const outcome = await this.consensus.transfer(group, to);
    switch (outcome.kind) {
      case 'leads':
        return { kind: 'leads', leader: nodeOf(outcome.leader), term: outcome.term };
      case 'notLeader': {
        const leader = outcome.leader === null ? null : nodeOf(outcome.leader);
        return { kind: 'refused', reason: 'notLeader', leader, term: outcome.term };
      }
      case 'notVoter':
      case 'failed':
        return outcome;
    }
  }
}

/** @throws MalformedError */
function readTransferReply(value: unknown): TransferReply | Refusal {
  if (typeof value !== 'object' || value === null) throw new MalformedError('not a reply');
  const { kind, leader, term }: Readonly<Record<string, unknown>> = { ...value };
  if (kind === 'notVoter' || kind === 'failed') return { kind };
  if (kind === 'leads' && typeof leader === 'string' && typeof term === 'number') {
    return { kind, leader, term };
  }
  const refused = readReadReply(value);
  if (refused.kind === 'refused') return refused;
  throw new MalformedError('not a reply');
}
