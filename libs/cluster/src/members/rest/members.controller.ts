import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { isNodeId } from '@sinkron/config';
import {
  ApiProblems,
  Deadline,
  IdempotencyKey,
  Permission,
  ProblemError,
  type IdempotentRequest,
} from '@sinkron/http';
import type { FastifyReply } from 'fastify';
import { listedMember } from '../../core/members/members-list.js';
import { COMMAND_PROBLEMS } from '../../routing/command-problems.js';
import { KnownCluster } from '../known-cluster.js';
import { MemberChanges, type MemberChanged } from '../member-changes.js';
import { AddMemberDto } from './add-member.dto.js';
import { MemberChangeView } from './member-change.view.js';
import { mustResolve } from './resolved-address.js';

const CHANGE_PROBLEMS = ['MEMBERSHIP_REFUSED', ...COMMAND_PROBLEMS] as const;

/** Adding and removing members of the running cluster. */
@ApiTags('cluster')
@Controller('v1/cluster/members')
export class MembersController {
  constructor(
    private readonly changes: MemberChanges,
    private readonly known: KnownCluster,
  ) {}

  @Post()
  @HttpCode(202)
  @Permission('cluster', 'write')
  @ApiOperation({
    operationId: 'addMember',
    summary: 'Let a node join the cluster',
    description:
      'The node is listed as `joining` until it comes: started with itself and one member in `PEERS`, it ' +
      'asks to join, and gets the data while the cluster serves. With the role `locks` it may become a ' +
      'voter of the coordination group: the group has the largest odd number, at most five, of these ' +
      'nodes. Progress is in `GET /v1/cluster`. The same request again changes nothing; another ' +
      'address or other roles for a node that is a member are refused.',
  })
  @ApiAcceptedResponse({ type: MemberChangeView })
  @ApiProblems('VALIDATION_FAILED', ...CHANGE_PROBLEMS)
  async addMember(
    @Body() { nodeId, address, roles }: AddMemberDto,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemberChangeView> {
    await mustResolve(address);
    const options = { deadlineMs, idempotency };
    answer(reply, await this.changes.add({ nodeId, address, roles }, options));
    const { list } = this.known;
    const member = list === null ? undefined : listedMember(list, nodeId);
    return { nodeId, state: (member?.diskId ?? null) === null ? 'joining' : 'member' };
  }

  @Delete(':nodeId')
  @HttpCode(202)
  @Permission('cluster', 'write')
  @ApiOperation({
    operationId: 'removeMember',
    summary: 'Remove a node from the cluster',
    description:
      'The node is listed as `leaving` until no group counts on it: another takes its place as voter ' +
      'first, if there is one, and a leader hands over. Then it is listed no more, and refuses requests. ' +
      'Any node can be removed, the one that answers, the leader and dead ones too. Refused is what ' +
      'would leave the members that are reached without the majority, and the removal of the last ' +
      'member with the role `locks`.',
  })
  @ApiParam({ name: 'nodeId', example: 'node3', description: 'The member.' })
  @ApiAcceptedResponse({ type: MemberChangeView })
  @ApiProblems('MEMBER_NOT_FOUND', ...CHANGE_PROBLEMS)
  async removeMember(
    @Param('nodeId') nodeId: string,
    @Deadline() deadlineMs: number,
    @IdempotencyKey() idempotency: IdempotentRequest | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MemberChangeView> {
    if (!isNodeId(nodeId)) {
      throw new ProblemError('MEMBER_NOT_FOUND', 'no member has a name like this');
    }
    answer(reply, await this.changes.remove(nodeId, { deadlineMs, idempotency }));
    return { nodeId, state: 'leaving' };
  }
}

/** @throws ProblemError when the change was refused; a remembered refusal is a repeated answer too. */
function answer(reply: FastifyReply, { replayed, refusal }: MemberChanged): void {
  if (replayed) void reply.header('Idempotency-Replayed', 'true');
  if (refusal !== null) throw refusal;
}
