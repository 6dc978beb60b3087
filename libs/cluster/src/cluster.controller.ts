import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { ApiProblems, Permission, ProblemError, QueryText } from '@sinkron/http';
import { ClusterService } from './cluster.service.js';
import { ClusterView, LeaderView } from './dto/cluster-views.js';
import { COORDINATION_GROUP } from './groups.js';
import { StatusService } from './status/status.service.js';

@ApiTags('cluster')
@Controller('v1/cluster')
export class ClusterController {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly cluster: ClusterService,
    private readonly status: StatusService,
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
      groups: this.status.groups().map((group) => ({ ...group, replicas: [...group.replicas] })),
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
    if (group === undefined && id !== COORDINATION_GROUP) {
      throw new ProblemError('RAFT_GROUP_NOT_FOUND', `there is no group ${id}`);
    }
    const member = this.cluster.members().find(({ nodeId }) => nodeId === group?.leader);
    if (group === undefined || member === undefined || member.httpUrl === null) {
      throw new ProblemError('NO_LEADER', `${id} has no leader that this node knows of`);
    }
    return { group: group.id, nodeId: member.nodeId, url: member.httpUrl, term: group.term };
  }
}
