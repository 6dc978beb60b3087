import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { ConsensusService, MalformedError, nodeOf, type GroupDriver } from '@sinkron/consensus';
import { ProblemError } from '@sinkron/http';
import { PeerTransport } from '@sinkron/transport';
import { settingsDifference } from '../core/formation.js';
import {
  listedMember,
  sameRoles,
  takesPart,
  type ListedMember,
} from '../core/members/members-list.js';
import { readReport } from '../formation/formation-codec.js';
import { FORMATION_METHOD, FormationService } from '../formation/formation.service.js';
import { COORDINATION_GROUP } from '../groups.js';
import { ADMIT_TIMEOUT_MS, JOIN_PROOF_TIMEOUT_MS } from '../limits.js';
import { KnownCluster } from '../members/known-cluster.js';
import { MemberCommands } from '../members/member-commands.js';
import { LeaderCall } from '../routing/leader-call.js';
import { readReadReply, type Refusal } from '../routing/replies.js';
import {
  applicantTuple,
  joinReplyTuple,
  readApplicant,
  readJoinRequest,
  type Applicant,
  type JoinReply,
  type JoinRequest,
} from './join-codec.js';

/** Method of the peer transport, open to guests: a join request, answered by any member. */
export const JOIN_METHOD = 'cluster.join';

/** Method of the peer transport: an applicant, answered by the leader. */
const ADMIT_METHOD = 'cluster.admit';

/** What the leader says to an applicant. */
type Verdict =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Lets nodes in that an operator has added, with the disk with which they come. */
@Injectable()
export class JoinRequests implements OnModuleInit {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly known: KnownCluster,
    private readonly transport: PeerTransport,
    private readonly consensus: ConsensusService,
    private readonly formation: FormationService,
    private readonly leaderCall: LeaderCall,
    private readonly commands: MemberCommands,
  ) {}

  onModuleInit(): void {
    const answer = async (from: string, body: unknown): Promise<unknown> =>
      joinReplyTuple(await this.answer(from, readJoinRequest(body)));
    this.transport.handle(JOIN_METHOD, answer, 'guests');
    this.transport.handle(ADMIT_METHOD, (_from, body) => this.asLeader(readApplicant(body)));
  }

  private async answer(from: string, { applicant, settings }: JoinRequest): Promise<JoinReply> {
    const { nodeId: self } = this.configuration;
    if (applicant.nodeId !== from) throw new MalformedError(`${from} asks for another node`);
    const difference = settingsDifference(settings, this.formation.settings);
    if (difference !== null) {
      return { kind: 'refused', reason: `${difference} in the cluster that ${self} belongs to` };
    }
    if (this.known.standing !== 'member') return waiting(`${self} is no member itself`);
    const verdict = await this.askLeader(applicant);
    if (verdict.kind === 'rejected') return { kind: 'refused', reason: verdict.reason };
    if (verdict.kind === 'waiting') return verdict;
    const { clusterId, list } = this.known;
    if (clusterId === null || list === null || !takesPart(list, from, applicant.diskId)) {
      return waiting(`${self} has not heard yet that ${from} was let in`);
    }
    return { kind: 'admitted', told: { clusterId, list } };
  }

  private async askLeader(applicant: Applicant): Promise<Verdict> {
    try {
      const { reply } = await this.leaderCall.call<Verdict>({
        group: COORDINATION_GROUP,
        method: ADMIT_METHOD,
        body: applicantTuple(applicant),
        deadlineMs: performance.now() + ADMIT_TIMEOUT_MS,
        local: () => this.asLeader(applicant),
        read: readVerdict,
        // Letting in who is in changes nothing.
        mutates: false,
      });
      return reply;
    } catch (error) {
      if (error instanceof ProblemError) return waiting(error.detail);
      throw error;
    }
  }

  private async asLeader(applicant: Applicant): Promise<Verdict | Refusal> {
    const driver = this.consensus.group(COORDINATION_GROUP);
    // One that was deposed knows an old list: what it would reject may be right by now.
    const leads = driver?.raft.roleName === 'leader' && (await this.isCurrent(driver));
    if (!leads) {
      const { leader = null, term = 0 } = driver?.raft ?? {};
      const hint = leader === null ? null : nodeOf(leader);
      return { kind: 'refused', reason: 'notLeader', leader: hint, term };
    }
    const { list } = this.known;
    const member = list === null ? undefined : listedMember(list, applicant.nodeId);
    const verdict = judge(applicant, member);
    if (verdict !== null || member === undefined) return verdict ?? waiting('');
    if (!(await this.provesDisk(applicant))) {
      return waiting(`nobody answers for it at ${member.address}, where it was added`);
    }
    const { nodeId: id, diskId } = applicant;
    const result = await this.commands.run({ kind: 'disk', nodeId: id, diskId });
    if (result.kind === 'accepted') return { kind: 'admitted' };
    return waiting('it is being removed, or was removed meanwhile');
  }

  private async isCurrent(driver: GroupDriver): Promise<boolean> {
    return (await this.consensus.read(driver)).kind !== 'refused';
  }

  /**
   * Only who answers at the address of the member is believed, not who asks: its old disk's process may
   * be alive there, and a second one be started under its name by mistake.
   */
  private async provesDisk({ nodeId: id, diskId }: Applicant): Promise<boolean> {
    try {
      const options = { timeoutMs: JOIN_PROOF_TIMEOUT_MS };
      const reply = await this.transport.request(nodeId(id), FORMATION_METHOD, null, options);
      const report = readReport(reply);
      return report.nodeId === id && report.diskId === diskId;
    } catch {
      return false;
    }
  }
}

/** What follows from the list; null when it depends on the disk. */
function judge(applicant: Applicant, member: ListedMember | undefined): Verdict | null {
  const { nodeId: id, diskId, roles } = applicant;
  if (member === undefined) {
    return waiting(`nobody has added it; POST /v1/cluster/members at any member adds ${id}`);
  }
  if (member.leaving) return waiting('it is being removed');
  if (!sameRoles(member.roles, roles)) {
    return {
      kind: 'rejected',
      reason: `ROLES is ${roles.join()}, but ${id} was added to the cluster with ${member.roles.join()}: set ROLES to that, or remove the member and add it anew`,
    };
  }
  return member.diskId === diskId ? { kind: 'admitted' } : null;
}

function waiting(reason: string): { readonly kind: 'waiting'; readonly reason: string } {
  return { kind: 'waiting', reason };
}

/** @throws MalformedError */
function readVerdict(value: unknown): Verdict | Refusal {
  if (typeof value !== 'object' || value === null) throw new MalformedError('not a verdict');
  const { kind, reason }: Readonly<Record<string, unknown>> = { ...value };
  if (kind === 'admitted') return { kind };
  if ((kind === 'waiting' || kind === 'rejected') && typeof reason === 'string') {
    return { kind, reason };
  }
  const refused = readReadReply(value);
  if (refused.kind === 'refused') return refused;
  throw new MalformedError('not a verdict');
}
