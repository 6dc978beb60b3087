import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import {
  CONFIGURATION,
  nodeId,
  parseHostAndPort,
  type PeerAddress,
  type SinkronConfiguration,
} from '@sinkron/config';
import { decode, encode } from '@sinkron/consensus';
import { DataDirectory } from '@sinkron/storage';
import { LocalIdentity, PeerTransport, type ListedPeer } from '@sinkron/transport';
import { settingsDifference } from '../core/formation.js';
import { KEEP_AGAIN_MS, MEMBERS_MAX } from '../limits.js';
import {
  listedMember,
  takesPart,
  type ListedMember,
  type MembersList,
} from '../core/members/members-list.js';
import { clusterSettings, otherSettings } from '../formation/cluster-settings.js';
import {
  clusterIdentityTuple,
  readClusterIdentity,
  type ClusterIdentity,
} from '../machine/cluster-machine.js';
import { membersListTuple, readMembersList } from '../machine/members-codec.js';
import { StatusService } from '../status/status.service.js';

const IDENTITY_KEY = 'cluster';
const MEMBERS_KEY = 'members';

type ListedPeerAddress = PeerAddress & ListedPeer;

/**
 * - `unknown`: this node has no list yet: it forms a cluster, or has just formed one.
 * - `member`: it is in the list, with this very disk.
 * - `outsider`: it is not, and takes no part.
 */
export type Standing = 'unknown' | 'member' | 'outsider';

/**
 * The newest list of members that this node has heard of: committed, kept on its disk, and the peers
 * that the transport goes by.
 */
@Injectable()
export class KnownCluster implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  private readonly listeners: (() => void)[] = [];
  /** Members that have said where they are, while there is no list. */
  private readonly met = new Map<string, PeerAddress>();
  /** What is not on the disk yet, by key. */
  private readonly unkept = new Map<string, Uint8Array>();
  private newest: MembersList | null = null;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly directory: DataDirectory,
    private readonly identity: LocalIdentity,
    private readonly transport: PeerTransport,
    private readonly status: StatusService,
  ) {}

  /** Before the ports open: nobody whom the committed list does not have is a peer. */
  onModuleInit(): void {
    this.identity.setDiskId(this.diskId);
    const identity = this.directory.readMeta(IDENTITY_KEY);
    if (identity !== undefined) this.takeIdentity(readClusterIdentity(decode(identity)));
    const list = this.directory.readMeta(MEMBERS_KEY);
    if (list !== undefined) this.take(readMembersList(decode(list)));
  }

  onApplicationShutdown(): void {
    this.unkept.clear();
  }

  get list(): MembersList | null {
    return this.newest;
  }

  get standing(): Standing {
    if (this.newest === null) return 'unknown';
    const { nodeId: self } = this.configuration;
    return takesPart(this.newest, self, this.diskId) ? 'member' : 'outsider';
  }

  get diskId(): string {
    return this.directory.identity.replicaId;
  }

  get clusterId(): string | null {
    return this.identity.clusterId;
  }

  /** `host:port` where the others reach this node; null while it is not listed. */
  get address(): string | null {
    const { newest, configuration } = this;
    if (newest === null) return null;
    return listedMember(newest, configuration.nodeId)?.address ?? null;
  }

  /**
   * A member has said where it is: who has no list asks it, too, to be let in. So a node that has lost its
   * disk finds its cluster when nobody of its `PEERS` is left.
   */
  meet(node: string, address: string): void {
    const place = parseHostAndPort(address);
    if (this.newest !== null || place === undefined || this.met.size >= MEMBERS_MAX) return;
    if (this.configuration.peers.some((peer) => peer.nodeId === node) || this.met.has(node)) return;
    this.met.set(node, { nodeId: nodeId(node), ...place });
    this.transport.updatePeers([...this.configuration.peers, ...this.met.values()]);
    this.transport.connect();
  }

  /** The committed id of this node's cluster has become known; it never changes. */
  identify(clusterId: string): void {
    if (this.identity.clusterId !== null) return;
    this.transport.setClusterId(clusterId);
    this.logger.log(`this is cluster ${clusterId}`);
    const settings = clusterSettings(this.configuration, this.directory);
    this.keep(IDENTITY_KEY, encode(clusterIdentityTuple({ clusterId, settings })));
  }

  /** Takes a committed list; an older one than is known changes nothing. */
  adopt(list: MembersList): void {
    if (this.newest !== null && list.version <= this.newest.version) return;
    this.take(list);
    this.transport.connect();
    this.keep(MEMBERS_KEY, encode(membersListTuple(list)));
    // Not at once: this may be called while a replica applies the command, which must not be stopped or
    // asked for another change in the middle of it.
    setImmediate(() => {
      for (const listener of this.listeners) listener();
    });
  }

  /** Calls back soon after another list is known. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** @throws ConfigurationError when the node was started with other settings than its cluster's. */
  private takeIdentity({ clusterId, settings }: ClusterIdentity): void {
    const own = clusterSettings(this.configuration, this.directory);
    const difference = settingsDifference(own, settings);
    if (difference !== null) throw otherSettings(difference);
    this.identity.setClusterId(clusterId);
  }

  /** Until it is on the disk, or a later value of the key is to be kept. */
  private keep(key: string, value: Uint8Array): void {
    this.unkept.set(key, value);
    this.directory.writeMeta(key, value).then(
      () => {
        if (this.unkept.get(key) === value) this.unkept.delete(key);
      },
      (error: unknown) => {
        this.logger.error(`could not keep ${key} yet: ${String(error)}`);
        const again = (): void => {
          if (this.unkept.get(key) === value) this.keep(key, value);
        };
        setTimeout(again, KEEP_AGAIN_MS).unref();
      },
    );
  }

  private take(list: MembersList): void {
    this.logChanges(this.newest, list);
    this.newest = list;
    this.status.membersVersion = list.version;
    const awaited = list.members.filter(({ diskId }) => diskId === null);
    this.status.awaited = new Set(awaited.map((member) => member.nodeId));
    this.transport.updatePeers(this.peersOf(list));
  }

  /** Who is no member asks everybody it has ever been told of whether it may be one. */
  private peersOf(list: MembersList): readonly ListedPeerAddress[] {
    const peers = list.members.flatMap(peerOf);
    if (this.standing === 'member') return peers;
    const known = new Set<string>(peers.map((peer) => peer.nodeId));
    return [...peers, ...this.configuration.peers.filter((peer) => !known.has(peer.nodeId))];
  }

  private logChanges(before: MembersList | null, after: MembersList): void {
    if (before === null) return;
    for (const { nodeId: id } of before.members) {
      if (listedMember(after, id) === undefined) this.logger.log(`${id} is no member any more`);
    }
    for (const member of after.members) {
      const text = changeOf(listedMember(before, member.nodeId), member);
      if (text !== null) this.logger.log(text, { version: after.version });
    }
  }
}

function changeOf(before: ListedMember | undefined, after: ListedMember): string | null {
  const { nodeId: id, address, diskId, leaving } = after;
  if (before === undefined) return `${id} may join, at ${address}`;
  if (leaving && !before.leaving) return `${id} is to leave`;
  if (diskId === before.diskId || diskId === null) return null;
  const how = before.diskId === null ? 'has joined' : 'has come back with another disk';
  return `${id} ${how}: ${diskId}`;
}

function peerOf({ nodeId: id, address, diskId }: ListedMember): readonly ListedPeerAddress[] {
  const place = parseHostAndPort(address);
  return place === undefined ? [] : [{ nodeId: nodeId(id), diskId, ...place }];
}
