import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { MalformedError, TupleReader } from '@sinkron/consensus';
import { PeerTransport, WallInterval } from '@sinkron/transport';
import { nodeId } from '@sinkron/config';
import type { MembersList } from '../core/members/members-list.js';
import { MEMBERS_ASK_INTERVAL_MS, MEMBERS_ASK_TIMEOUT_MS } from '../limits.js';
import { membersListTuple, readMembersList } from '../machine/members-codec.js';
import { StatusService } from '../status/status.service.js';
import { KnownCluster } from './known-cluster.js';

/**
 * Method of the peer transport, open to guests: `[clusterId, address]`, the asker's own, or null ->
 * `[clusterId, list]`, or null.
 */
const MEMBERS_METHOD = 'cluster.members';

/** A list of members, and the cluster that it is of. */
export interface ToldMembers {
  readonly clusterId: string;
  readonly list: MembersList;
}

/**
 * Spreads the list of members. Versions travel with the status events; who hears of a later one asks
 * for the list. Who is refused by a peer asks it too: it may have been removed without having heard it; or
 * the peer has lost its disk, and learns from the question where a member is.
 */
@Injectable()
export class MembersExchange implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  private readonly asking = new Set<string>();
  private interval: WallInterval | undefined;

  constructor(
    private readonly known: KnownCluster,
    private readonly transport: PeerTransport,
    private readonly status: StatusService,
  ) {}

  onModuleInit(): void {
    this.transport.handle(MEMBERS_METHOD, (from, body) => this.answer(from, body), 'guests');
    this.status.onStatus((from, { membersVersion }) => {
      if (membersVersion > (this.known.list?.version ?? 0)) void this.ask(from);
    });
  }

  /** Begins to ask who refuses this node; called once it belongs to a cluster. */
  start(): void {
    this.interval ??= new WallInterval(MEMBERS_ASK_INTERVAL_MS, () => {
      for (const peer of this.transport.peers())
        if (peer.refusal !== null) void this.ask(peer.nodeId);
    });
  }

  onApplicationShutdown(): void {
    this.interval?.stop();
  }

  /** Takes a list that a peer has told, if it is of this node's cluster. */
  take({ clusterId, list }: ToldMembers): void {
    this.known.identify(clusterId);
    if (this.known.clusterId === clusterId) this.known.adopt(list);
  }

  private answer(from: string, body: unknown): unknown {
    if (body !== null) {
      const reader = new TupleReader(body);
      const [clusterId, address] = [reader.text(), reader.text()];
      if (clusterId === (this.known.clusterId ?? clusterId)) this.known.meet(from, address);
    }
    const { clusterId, list } = this.known;
    return clusterId === null || list === null ? null : toldMembersTuple({ clusterId, list });
  }

  private async ask(peer: string): Promise<void> {
    if (this.asking.has(peer)) return;
    this.asking.add(peer);
    try {
      const options = { timeoutMs: MEMBERS_ASK_TIMEOUT_MS };
      const { clusterId, address } = this.known;
      const place = clusterId === null || address === null ? null : [clusterId, address];
      const reply = await this.transport.request(nodeId(peer), MEMBERS_METHOD, place, options);
      if (reply !== null) this.take(readToldMembers(reply));
    } catch (error) {
      // Asked again, it or another, with the next status or in a while.
      if (error instanceof MalformedError) {
        this.logger.warn(`dropped a malformed list of members from ${peer}: ${error.message}`);
      }
    } finally {
      this.asking.delete(peer);
    }
  }
}

export function toldMembersTuple({ clusterId, list }: ToldMembers): readonly unknown[] {
  return [clusterId, membersListTuple(list)];
}

/** @throws MalformedError */
export function readToldMembers(value: unknown): ToldMembers {
  const reader = new TupleReader(value);
  return { clusterId: reader.text(), list: readMembersList(reader.list()) };
}
