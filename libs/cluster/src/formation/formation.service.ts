import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import {
  CONFIGURATION,
  ConfigurationError,
  nodeId,
  type SinkronConfiguration,
} from '@sinkron/config';
import { decode, encode } from '@sinkron/consensus';
import { DataDirectory } from '@sinkron/storage';
import { PeerTransport } from '@sinkron/transport';
import {
  Formation,
  settingsDifference,
  type ClusterSettings,
  type FormationRecord,
  type FormationReport,
} from '../core/formation.js';
import { FORMATION_INTERVAL_MS } from '../limits.js';
import { readRecord, readReport, recordTuple, reportTuple } from './formation-codec.js';

const FORMATION_METHOD = 'cluster.formation';
const RECORD_KEY = 'formation';

/** How this node came to be formed: before this start, or just now. */
export interface Formed {
  readonly record: FormationRecord;
  readonly formedNow: boolean;
}

/** Forms the cluster with the peers, once, and keeps the record on disk before anything else. */
@Injectable()
export class FormationService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(FormationService.name);
  private readonly formation: Formation;
  private record: FormationRecord | null = null;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly directory: DataDirectory,
    private readonly transport: PeerTransport,
  ) {
    const { peers, roles } = configuration;
    this.formation = new Formation(
      {
        nodeId: configuration.nodeId,
        diskId: directory.identity.replicaId,
        roles,
        peers: peers.map((peer) => `${peer.nodeId}=${peer.host}:${peer.port}`).join(),
        settings: this.settings,
      },
      peers.map((peer) => peer.nodeId),
    );
  }

  get settings(): ClusterSettings {
    const { shards, replicationFactor, queueStore, cacheStore, heartbeatMs } = this.configuration;
    const { formatVersion } = this.directory.identity;
    return { shards, replicationFactor, queueStore, cacheStore, formatVersion, heartbeatMs };
  }

  onModuleInit(): void {
    this.transport.handle(FORMATION_METHOD, () => reportTuple(this.report()));
    const stored = this.directory.readMeta(RECORD_KEY);
    if (stored === undefined) return;
    this.record = readRecord(decode(stored));
    this.checkAgainst(this.record);
  }

  /**
   * Resolves once this node belongs to a formed cluster and its disk says so.
   *
   * @throws ConfigurationError when it must not: another list of peers, other settings, a lost disk.
   */
  async formed(): Promise<Formed> {
    if (this.record !== null) return { record: this.record, formedNow: false };
    for (;;) {
      await this.exchange();
      const outcome = this.formation.outcome();
      switch (outcome.kind) {
        case 'refused':
          throw new ConfigurationError([outcome.reason]);
        case 'formed':
          await this.directory.writeMeta(RECORD_KEY, encode(recordTuple(outcome.record)));
          this.record = outcome.record;
          this.logger.log(`formed with ${outcome.record.founders.map((f) => f.nodeId).join(', ')}`);
          return { record: outcome.record, formedNow: true };
        case 'waiting':
          await this.pause();
      }
    }
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private report(): FormationReport {
    return { ...this.formation.report(), record: this.record };
  }

  /**
   * Asks all others. Only who answers at its address in PEERS is believed: of two processes with
   * one NODE_ID some nodes would hear the first and some the second, and form two clusters.
   */
  private async exchange(): Promise<void> {
    const others = this.configuration.peers.filter(
      (peer) => peer.nodeId !== this.configuration.nodeId,
    );
    await Promise.all(
      others.map(async (peer) => {
        const options = { timeoutMs: FORMATION_INTERVAL_MS * 5 };
        try {
          const reply = await this.transport.request(
            nodeId(peer.nodeId),
            FORMATION_METHOD,
            null,
            options,
          );
          const heard = readReport(reply);
          if (heard.nodeId === peer.nodeId) this.formation.heard(heard);
        } catch {
          // Not up yet; asked again after the pause.
        }
      }),
    );
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.stopped) this.timer = setTimeout(resolve, FORMATION_INTERVAL_MS);
    });
  }

  private checkAgainst(record: FormationRecord): void {
    const { nodeId: self } = this.configuration;
    const difference = settingsDifference(this.settings, record.settings);
    if (difference !== null) {
      throw new ConfigurationError([
        `${difference} in the cluster that this data folder belongs to; these settings are fixed when a cluster is created: start the node with the cluster's value`,
      ]);
    }
    const founder = record.founders.find((candidate) => candidate.nodeId === self);
    if (founder?.diskId === this.directory.identity.replicaId) return;
    throw new ConfigurationError([
      `NODE_ID is ${self}, but the data folder ${this.configuration.dataDir} belongs to another node; set NODE_ID or DATA_DIR to a pair that belongs together`,
    ]);
  }
}
