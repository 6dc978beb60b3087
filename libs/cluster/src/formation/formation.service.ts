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
  type PeerAddress,
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
import { FORMATION_INTERVAL_MS, LONE_FORMATION_MS } from '../limits.js';
import { KnownCluster } from '../members/known-cluster.js';
import { clusterSettings, otherSettings } from './cluster-settings.js';
import { readRecord, readReport, recordTuple, reportTuple } from './formation-codec.js';

/** Method of the peer transport, open to guests: null -> the node's report, see `readReport`. */
export const FORMATION_METHOD = 'cluster.formation';
const RECORD_KEY = 'formation';

/** How this node stands to the forming of a cluster. */
export type Formed =
  /** It is a founder; `now`: the cluster was formed by this very start. */
  | { readonly kind: 'formed'; readonly record: FormationRecord; readonly now: boolean }
  /** There is a cluster already, that this node with this disk has not formed. */
  | { readonly kind: 'join' };

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
    private readonly known: KnownCluster,
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
    return clusterSettings(this.configuration, this.directory);
  }

  /** Who formed the cluster, when this node was one of them. */
  get founding(): FormationRecord | null {
    return this.record;
  }

  onModuleInit(): void {
    this.transport.handle(FORMATION_METHOD, () => reportTuple(this.report()), 'guests');
    this.transport.onGuest(({ nodeId: guest, clusterId }) => {
      if (clusterId !== null) this.calledByMember(guest);
    });
    const stored = this.directory.readMeta(RECORD_KEY);
    if (stored === undefined) return;
    this.record = readRecord(decode(stored));
    this.checkAgainst(this.record);
  }

  /**
   * Resolves once this node has formed a cluster and its disk says so, or has met one.
   *
   * @throws ConfigurationError when it must not: another list of peers, other settings; once formed, a
   *   list without a founder.
   */
  async formed(): Promise<Formed> {
    if (this.record !== null) {
      this.checkPeers(this.record);
      return { kind: 'formed', record: this.record, now: false };
    }
    const sinceMs = performance.now();
    for (;;) {
      await this.exchange();
      const outcome = this.formation.outcome();
      switch (outcome.kind) {
        case 'refused':
          throw new ConfigurationError([outcome.reason]);
        case 'formed':
          // Nobody is asked: a cluster that knows this node, whose disk was lost then, has the time to call.
          if (this.others().length === 0 && performance.now() - sinceMs < LONE_FORMATION_MS) {
            await this.pause();
            continue;
          }
          await this.directory.writeMeta(RECORD_KEY, encode(recordTuple(outcome.record)));
          this.record = outcome.record;
          this.logger.log(`formed with ${outcome.record.founders.map((f) => f.nodeId).join(', ')}`);
          return { ...outcome, now: true };
        case 'join':
          return outcome;
        case 'waiting':
          await this.pause();
      }
    }
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private calledByMember(member: string): void {
    if (this.record !== null || this.known.list !== null) return;
    this.formation.calledByMember();
    this.logger.log(
      `${member}, which belongs to a cluster, calls this node: it joins, and forms none`,
    );
  }

  private report(): FormationReport {
    return { ...this.formation.report(), record: this.record ?? this.joinedRecord() };
  }

  /** Says of a node that has joined a cluster that there is one, and which disks formed it: not its. */
  private joinedRecord(): FormationRecord | null {
    return this.known.list === null ? null : { founders: [], settings: this.settings };
  }

  /**
   * Asks all others. Only who answers at its address in PEERS is believed: of two processes with
   * one NODE_ID some nodes would hear the first and some the second, and form two clusters.
   */
  private async exchange(): Promise<void> {
    await Promise.all(
      this.others().map(async (peer) => {
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

  private others(): readonly PeerAddress[] {
    return this.configuration.peers.filter((peer) => peer.nodeId !== this.configuration.nodeId);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.stopped) this.timer = setTimeout(resolve, FORMATION_INTERVAL_MS);
    });
  }

  /** The first list of members has the addresses of the founders from `PEERS`. */
  private checkPeers({ founders }: FormationRecord): void {
    const known = new Set<string>(this.configuration.peers.map((peer) => peer.nodeId));
    const missing = founders.filter((founder) => !known.has(founder.nodeId)).map((f) => f.nodeId);
    if (missing.length === 0) return;
    throw new ConfigurationError([
      `PEERS lacks ${missing.join(', ')}, with which this node has just formed the cluster: start it with the former list until the cluster has committed its members`,
    ]);
  }

  private checkAgainst(record: FormationRecord): void {
    const { nodeId: self } = this.configuration;
    const difference = settingsDifference(this.settings, record.settings);
    if (difference !== null) throw otherSettings(difference);
    const founder = record.founders.find((candidate) => candidate.nodeId === self);
    if (founder?.diskId === this.directory.identity.replicaId) return;
    throw new ConfigurationError([
      `NODE_ID is ${self}, but the data folder ${this.configuration.dataDir} belongs to another node; set NODE_ID or DATA_DIR to a pair that belongs together`,
    ]);
  }
}
