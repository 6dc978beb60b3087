import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { nodeOf, type Configuration } from '@sinkron/consensus';
import { ApiProblems, Deadline, Permission, ProblemError, QueryText } from '@sinkron/http';
import { ClusterService } from './cluster.service.js';
import { ClusterView, LeaderView, TransferredView, type GroupView } from './dto/cluster-views.js';
import type { MembersList } from './core/members/members-list.js';
import { COORDINATION_GROUP } from './groups.js';
import { formerDisksVoting } from './members/former-disks.js';
import { KnownCluster } from './members/known-cluster.js';
import { ShardFamilies } from './shards/shard-families.js';
import { StatusService } from './status/status.service.js';
import { GroupTransfers } from './transfer/group-transfers.js';
import { TransferGroupDto } from './transfer/transfer-group.dto.js';

@ApiTags('cluster')
@Controller('v1/cluster')
export class ClusterController {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly cluster: ClusterService,
    private readonly status: StatusService,
    private readonly transfers: GroupTransfers,
    private readonly known: KnownCluster,
    private readonly families: ShardFamilies,
  ) {}

  @Get()
  @Permission('cluster', 'read')
  @ApiOperation({
    summary: 'Members and groups, as this node sees them',
    description:
      'Members with the time since each was last heard, and every group that this node knows of ' +
      'with its leader. The view is local: it is answered without a majority too.',
  })
  @ApiOkResponse({ type: ClusterView })
  describeCluster(): ClusterView {
    const { nodeId } = this.configuration;
    return {
      nodeId,
      members: [...this.cluster.members()].map((member) => ({
        ...member,
        roles: [...member.roles],
      })),
      groups: this.status.groups().map(({ id, leader, term, commitIndex, members }) => {
        return { id, leader, term, commitIndex, ...replicasView(members, this.known.list) };
      }),
    };
  }

  @Get('leader')
  @Permission('cluster', 'read')
  @ApiOperation({
    summary: 'Who leads a group',
    description: 'The leader as far as this node knows. Any node forwards requests by itself.',
  })
  @ApiOkResponse({ type: LeaderView })
  @ApiProblems('VALIDATION_FAILED', 'RAFT_GROUP_NOT_FOUND', 'NO_LEADER')
  findLeader(@QueryText('group') asked: string | undefined): LeaderView {
    const id = asked ?? COORDINATION_GROUP;
    const group = this.status.groups().find((candidate) => candidate.id === id);
    if (group === undefined && id !== COORDINATION_GROUP && !this.isShard(id)) {
      throw new ProblemError('RAFT_GROUP_NOT_FOUND', `there is no group ${id}`);
    }
    const member = this.cluster.members().find(({ nodeId }) => nodeId === group?.leader);
    if (group === undefined || member === undefined || member.httpUrl === null) {
      throw new ProblemError('NO_LEADER', `${id} has no leader that this node knows of`);
    }
    return { group: group.id, nodeId: member.nodeId, url: member.httpUrl, term: group.term };
  }

  @Post('groups/:id/transfer')
  @HttpCode(200)
  @Permission('cluster', 'write')
  @ApiOperation({
    summary: 'Hand the leadership of a group to another node',
    description:
      'Answered once the other leads. Meanwhile the group takes no writes, for some milliseconds; ' +
      'they wait and are then done by the new leader. Asked for the node that leads already, it ' +
      'changes nothing.',
  })
  @ApiParam({ name: 'id', example: 'coordination', description: 'The group.' })
  @ApiOkResponse({ type: TransferredView })
  @ApiProblems('RAFT_GROUP_NOT_FOUND', 'MEMBER_NOT_FOUND', 'MEMBERSHIP_REFUSED', 'NO_LEADER')
  async transferGroup(
    @Param('id') id: string,
    @Body() { to }: TransferGroupDto,
    @Deadline() deadlineMs: number,
  ): Promise<TransferredView> {
    return await this.transfers.transfer(id, to, deadlineMs);
  }

  /** Whether there is such a group, though nobody has told of it yet. */
  private isShard(group: string): boolean {
    const family = this.families.shard(group)?.family.name;
    return this.known.list?.families.some(({ name }) => name === family) ?? false;
  }
}

function replicasView(
  members: Configuration,
  list: MembersList | null,
): Pick<GroupView, 'replicas' | 'learners' | 'changing'> {
  const { voters, outgoingVoters, learners } = members;
  return {
    replicas: voters.map(nodeOf),
    learners: learners.map(nodeOf),
    changing:
      outgoingVoters.length > 0 ||
      learners.length > 0 ||
      formerDisksVoting(members, list).length > 0,
  };
}
