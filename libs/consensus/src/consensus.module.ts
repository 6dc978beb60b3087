import { Global, Module } from '@nestjs/common';
import { ConsensusService } from './consensus.service.js';
import { RaftMetrics } from './raft-metrics.js';

/** The replicas of this node. `FATAL`, storage and transport come from global modules. */
@Global()
@Module({ providers: [ConsensusService, RaftMetrics], exports: [ConsensusService] })
export class ConsensusModule {}
