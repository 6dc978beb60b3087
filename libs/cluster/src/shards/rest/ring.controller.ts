import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { nodeOf } from '@sinkron/consensus';
import {
  ApiProblems,
  nameFault,
  Permission,
  ProblemError,
  QueryText,
  validationFailed,
  type FieldError,
} from '@sinkron/http';
import { ringShares } from '../../placement/core/ring-shares.js';
import { shardOf } from '../../placement/core/shard-of.js';
import { cacheKeyPlacementName, topicPlacementName } from '../../placement/placement-names.js';
import { LeaderWatch } from '../../routing/leader-watch.js';
import { StatusService } from '../../status/status.service.js';
import { ShardFamilies } from '../shard-families.js';
import { ShardPlacements } from '../shard-placements.js';
import { RingView } from './ring.view.js';

/** A name in a family of shards. */
interface Placed {
  readonly family: string;
  readonly name: string;
}

/** Tells where a topic or a cached key is. */
@ApiTags('cluster')
@Controller('v1/cluster/ring')
export class RingController {
  constructor(
    private readonly families: ShardFamilies,
    private readonly placements: ShardPlacements,
    private readonly status: StatusService,
    private readonly leaders: LeaderWatch,
  ) {}

  @Get()
  @Permission('cluster', 'read')
  @ApiOperation({
    operationId: 'getRing',
    summary: 'Where a topic or a key is',
    description:
      'Give `topic`, or `cache` and `key`. They need not exist: a name is always in the same shard, and ' +
      'its shard on the nodes that the hash ring gives it. `ring` is where shards should be by the ' +
      'members; `replicas` where this one is, which differ while it moves. The view is local.',
  })
  @ApiOkResponse({ type: RingView })
  @ApiProblems('VALIDATION_FAILED', 'ROLE_ABSENT', 'NO_LEADER')
  findRing(
    @QueryText('topic') topic: string | undefined,
    @QueryText('cache') cache: string | undefined,
    @QueryText('key') key: string | undefined,
  ): RingView {
    const { family: familyName, name } = placed(topic, cache, key);
    const family = this.families.all().find((each) => each.name === familyName);
    const shard = shardOf(name, this.families.shards);
    const group = this.families.groupsOf(familyName)[shard] ?? '';
    const absentRole = family === undefined ? familyName : this.leaders.absentRole(group);
    if (family === undefined || absentRole !== undefined) {
      const message = `no member of the cluster has the role ${absentRole}, for ${group}`;
      throw new ProblemError('ROLE_ABSENT', message);
    }
    const placement = this.placements.of(family);
    if (placement === null) {
      throw new ProblemError('NO_LEADER', 'the members of the cluster are not known yet');
    }
    const seen = this.status.groups().find(({ id }) => id === group);
    return {
      shard,
      group,
      leader: seen?.leader ?? null,
      replicas: (seen?.members.voters ?? []).map(nodeOf),
      ring: ringShares(placement).map(({ nodeId, share }) => ({ nodeId, share })),
    };
  }
}

/** @throws ProblemError VALIDATION_FAILED unless it is a topic, or a key of a cache. */
function placed(
  topic: string | undefined,
  cache: string | undefined,
  key: string | undefined,
): Placed {
  const either = 'give either topic, or cache and key';
  if (topic !== undefined) {
    const other = Object.entries({ cache, key }).find(([, value]) => value !== undefined);
    if (other !== undefined) throw validationFailed([{ field: other[0], message: either }]);
    mustBeNames({ topic });
    return { family: 'queues', name: topicPlacementName(topic) };
  }
  if (cache === undefined && key === undefined) {
    throw validationFailed([{ field: 'topic', message: either }]);
  }
  mustBeNames({ cache, key });
  return { family: 'caches', name: cacheKeyPlacementName(cache ?? '', key ?? '') };
}

/** @throws ProblemError VALIDATION_FAILED, for each that is none. */
function mustBeNames(fields: Readonly<Record<string, string | undefined>>): void {
  const faults = Object.entries(fields).flatMap(([field, value]) => {
    return fault(field, value === undefined ? 'is missing' : nameFault(value)) ?? [];
  });
  if (faults.length > 0) throw validationFailed(faults);
}

function fault(field: string, message: string | undefined): FieldError | undefined {
  return message === undefined ? undefined : { field, message };
}
