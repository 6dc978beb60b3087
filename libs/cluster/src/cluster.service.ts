import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  CONFIGURATION,
  ConfigurationError,
  nodeId,
  type SinkronConfiguration,
} from '@sinkron/config';
import { configuration, ConsensusService, encode, decode, replicaOf } from '@sinkron/consensus';
import { DataDirectory } from '@sinkron/storage';
import { LocalIdentity, PeerTransport } from '@sinkron/transport';
import { randomUUID } from 'node:crypto';
import {
  ClusterMachine,
  clusterIdentityTuple,
  readClusterIdentity,
  type ClusterIdentity,
} from './cluster-machine.js';
import { coordinationVoters, settingsDifference, type FormationRecord } from './core/formation.js';
import type { MemberStatus } from './core/member-status.js';
import { FormationService, type Formed } from './formation/formation.service.js';
import { COORDINATION_GROUP } from './groups.js';
import { ClusterRouter } from './routing/cluster-router.js';
import { LeaderWatch } from './routing/leader-watch.js';
import { StatusService } from './status/status.service.js';

const IDENTITY_KEY = 'cluster';

export interface Member {
  readonly nodeId: string;
  /** Host and port where its peers reach it. */
  readonly address: string;
  /** Null until it was heard. */
  readonly httpUrl: string | null;
  readonly roles: readonly string[];
  readonly status: MemberStatus;
  readonly lastHeardMs: number | null;
}

/** Brings this node into its cluster and knows the cluster's members. */
@Injectable()
export class ClusterService {
  private readonly logger = new Logger(ClusterService.name);
  private record: FormationRecord | null = null;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly directory: DataDirectory,
    private readonly identity: LocalIdentity,
    private readonly transport: PeerTransport,
    private readonly formation: FormationService,
    private readonly consensus: ConsensusService,
    private readonly router: ClusterRouter,
    private readonly status: StatusService,
    private readonly leaders: LeaderWatch,
  ) {}

  /**
   * Forms or finds the cluster and starts this node's replicas; called once all ports are open.
   *
   * @throws ConfigurationError when this node must not take part.
   */
  async start(): Promise<void> {
    const stored = this.directory.readMeta(IDENTITY_KEY);
    if (stored !== undefined)
      this.identity.setClusterId(readClusterIdentity(decode(stored)).clusterId);
    const formed = await this.formation.formed();
    this.record = formed.record;
    this.startCoordination(formed);
    this.status.start();
  }

  /** Every member, this node included, sorted by node id; empty until the cluster is formed. */
  members(): readonly Member[] {
    const founders = this.record?.founders ?? [];
    return founders.map((founder) => {
      const peer = this.configuration.peers.find(({ nodeId: id }) => id === founder.nodeId);
      const address = peer === undefined ? '' : `${peer.host}:${peer.port}`;
      const { nodeId: id, roles } = founder;
      if (id === this.configuration.nodeId) {
        const { httpUrl } = this.configuration;
        return { nodeId: id, address, httpUrl, roles, status: 'alive', lastHeardMs: 0 };
      }
      const heard = this.transport.status(nodeId(id));
      const silenceMs = heard?.lastHeardMs ?? null;
      return {
        nodeId: id,
        address,
        httpUrl: heard?.identity?.httpUrl ?? null,
        roles: heard?.identity?.roles ?? roles,
        status: this.status.memberStatus(id),
        lastHeardMs: silenceMs === null ? null : Math.round(silenceMs),
      };
    });
  }

  private startCoordination(formed: Formed): void {
    const voters = coordinationVoters(formed.record);
    if (voters.length === 0) {
      this.leaders.declareAbsent(COORDINATION_GROUP);
      this.logger.warn('no member has the role locks: the cluster has no coordination group');
      return;
    }
    const { nodeId: self } = this.configuration;
    if (!voters.some((voter) => voter.nodeId === self)) {
      this.logger.log(`${self} holds no replica of ${COORDINATION_GROUP} and forwards to those`);
      return;
    }
    const machine = new ClusterMachine(
      { clusterId: randomUUID(), settings: this.formation.settings },
      (identity) => this.identityKnown(identity),
    );
    this.consensus.start({
      group: COORDINATION_GROUP,
      replica: replicaOf(self, this.directory.identity.replicaId),
      members: configuration(voters.map((voter) => replicaOf(voter.nodeId, voter.diskId))),
      machines: [machine, ...this.router.machinesOf(COORDINATION_GROUP)],
      formation: formed.formedNow,
    });
  }

  private identityKnown(identity: ClusterIdentity): void {
    const difference = settingsDifference(this.formation.settings, identity.settings);
    if (difference !== null) throw new ConfigurationError([`${difference} in the cluster`]);
    if (this.identity.clusterId !== null) return;
    this.identity.setClusterId(identity.clusterId);
    this.logger.log(`this is cluster ${identity.clusterId}`);
    const record = encode(clusterIdentityTuple(identity));
    this.directory.writeMeta(IDENTITY_KEY, record).catch((error: unknown) => {
      // Read again from the replicated state at the next start.
      this.logger.error(`could not keep the cluster id: ${String(error)}`);
    });
  }
}
