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
import { ReadinessRegistry } from '@sinkron/observability';
import { PeerTransport } from '@sinkron/transport';
import { FormationService } from '../formation/formation.service.js';
import { JOIN_INTERVAL_MS, JOIN_TIMEOUT_MS } from '../limits.js';
import { KnownCluster } from '../members/known-cluster.js';
import { MembersExchange } from '../members/members-exchange.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import { joinRequestTuple, readJoinReply, type JoinReply } from './join-codec.js';
import { JOIN_METHOD } from './join-requests.js';

/**
 * Waits, on a node that is no member, until it is one: a new node, one that has lost its disk, one that
 * was removed. Meanwhile the node refuses requests, and says what it waits for.
 */
@Injectable()
export class JoiningService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  /** What the node waits for; null when it does not wait. */
  private reason: string | null = null;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly transport: PeerTransport,
    private readonly formation: FormationService,
    private readonly known: KnownCluster,
    private readonly exchange: MembersExchange,
    private readonly leaders: LeaderWatch,
    private readonly readiness: ReadinessRegistry,
  ) {}

  onModuleInit(): void {
    this.readiness.register('membership', () => {
      if (this.reason !== null) return { status: 'down', detail: this.reason };
      if (this.known.list !== null) return { status: 'up' };
      return { status: 'down', detail: 'the members of the cluster are not known yet' };
    });
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /**
   * Resolves when this node, with this disk, is a member.
   *
   * @throws ConfigurationError when it cannot be as it is configured.
   */
  async admitted(): Promise<void> {
    while (!(await this.isLetIn())) await this.pause();
    this.reason = null;
    this.leaders.refuse(null);
    this.logger.log(`${this.configuration.nodeId} is a member of the cluster`);
  }

  private async isLetIn(): Promise<boolean> {
    const replies = await this.askAll();
    const refused = replies.find(({ kind }) => kind === 'refused');
    if (refused?.kind === 'refused') throw new ConfigurationError([refused.reason]);
    for (const reply of replies) if (reply.kind === 'admitted') this.exchange.take(reply.told);
    if (this.known.standing === 'member') return true;
    this.wait(replies);
    return false;
  }

  private wait(replies: readonly JoinReply[]): void {
    const answer = replies.find(({ kind }) => kind === 'waiting');
    const cause = answer?.kind === 'waiting' ? answer.reason : 'no member answers';
    const reason = `${this.configuration.nodeId} is no member of the cluster: ${cause}`;
    if (reason !== this.reason) this.logger.warn(reason);
    this.reason = reason;
    this.leaders.refuse(reason);
  }

  private async askAll(): Promise<readonly JoinReply[]> {
    const { nodeId: self, roles } = this.configuration;
    const applicant = { nodeId: self, diskId: this.known.diskId, roles };
    const body = joinRequestTuple({ applicant, settings: this.formation.settings });
    const replies = this.transport.peers().map(async (peer) => {
      try {
        const options = { timeoutMs: JOIN_TIMEOUT_MS };
        const reply = await this.transport.request(nodeId(peer.nodeId), JOIN_METHOD, body, options);
        return [readJoinReply(reply)];
      } catch {
        // Not up, not reached, or no member of this version: others may answer.
        return [];
      }
    });
    return (await Promise.all(replies)).flat();
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.stopped) this.timer = setTimeout(resolve, JOIN_INTERVAL_MS);
    });
  }
}
