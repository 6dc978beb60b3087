import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, type NodeId, type SinkronConfiguration } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { isClusterId, type PeerIdentity } from './peer-identity.js';

/** Who this node is, for the life of its process. */
@Injectable()
export class LocalIdentity {
  readonly nodeId: NodeId;
  /** 128 random bits in hex. */
  readonly incarnation: string = randomBytes(16).toString('hex');
  readonly #configuration: SinkronConfiguration;
  #clusterId: string | null = null;
  #diskId: string | null = null;

  constructor(@Inject(CONFIGURATION) configuration: SinkronConfiguration) {
    this.nodeId = configuration.nodeId;
    this.#configuration = configuration;
  }

  get clusterId(): string | null {
    return this.#clusterId;
  }

  /** What is told to peers now. */
  get identity(): PeerIdentity {
    return {
      nodeId: this.nodeId,
      incarnation: this.incarnation,
      diskId: this.#diskId,
      httpUrl: this.#configuration.httpUrl,
      roles: this.#configuration.roles,
      clusterId: this.#clusterId,
    };
  }

  /** Set once, before the first connection: the id of this node's data folder. */
  setDiskId(diskId: string): void {
    invariant(this.#diskId === null && diskId !== '', 'LocalIdentity: one disk', { diskId });
    this.#diskId = diskId;
  }

  /** Set once, when the cluster is formed, joined or read from disk. */
  setClusterId(clusterId: string): void {
    invariant(clusterId !== '' && isClusterId(clusterId), 'LocalIdentity: a cluster id', {
      clusterId,
    });
    invariant(
      this.#clusterId === null || this.#clusterId === clusterId,
      'LocalIdentity: a node never changes its cluster',
      { from: this.#clusterId, to: clusterId },
    );
    this.#clusterId = clusterId;
  }
}
