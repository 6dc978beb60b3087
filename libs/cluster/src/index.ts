export { ClusterModule } from './cluster.module.js';
export { ClusterService, type Member } from './cluster.service.js';
export { COORDINATION_GROUP } from './groups.js';
export { cacheKeyPlacementName, topicPlacementName } from './placement/placement-names.js';
export {
  ClusterRouter,
  type ExecuteOptions,
  type Executed,
  type Target,
} from './routing/cluster-router.js';
export { COMMAND_PROBLEMS } from './routing/command-problems.js';
export { GroupProposer } from './routing/group-proposer.js';
export { shardGroup } from './shards/core/shard-family.js';
export type { ShardMachineFactory } from './shards/shard-families.js';
