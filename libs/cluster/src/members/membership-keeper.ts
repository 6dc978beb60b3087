import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import {
  ConsensusService,
  nodeOf,
  replicaOf,
  type GroupDriver,
  type ReplicaId,
} from '@sinkron/consensus';
import { PeerTransport } from '@sinkron/transport';
import { SUSPECT_AFTER_MS } from '../core/failure-limits.js';
import type { MembersList } from '../core/members/members-list.js';
import type { Candidate } from '../core/membership/candidate.js';
import { nextChange } from '../core/membership/next-change.js';
import { canGoOn } from '../core/membership/removal.js';
import { COORDINATION_GROUP } from '../groups.js';
import { KEEPER_INTERVAL_MS } from '../limits.js';
import { StatusService } from '../status/status.service.js';
import { CAUGHT_UP_ENTRIES_MAX } from '../status/core/limits.js';
import { hasReplicaOf } from '../replicas/group-replicas.js';
import { KnownCluster } from './known-cluster.js';
import { MemberCommands } from './member-commands.js';

/**
 * On the leader of the coordination group: leads its replicas, step by step, to those that the list of
 * members calls for, and lets leaving members go when none of theirs is left. It remembers nothing but
 * since when it takes whom for dead; whoever leads next goes on from what is committed.
 */
@Injectable()
export class MembershipKeeper implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Members');
  private readonly deadSinceMs = new Map<string, number>();
  private dropping = false;
  /** Why the latest step was refused, so that it is told once. */
  private refusal: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly consensus: ConsensusService,
    private readonly status: StatusService,
    private readonly known: KnownCluster,
    private readonly commands: MemberCommands,
    private readonly transport: PeerTransport,
  ) {}

  onModuleInit(): void {
    this.known.onChange(() => this.look());
    this.consensus.onMembers((group, { voters, outgoingVoters, learners }) => {
      const text = `${group}: voters ${names(voters)}; learners ${names(learners)}`;
      this.logger.log(
        outgoingVoters.length === 0 ? text : `${text}; before ${names(outgoingVoters)}`,
      );
    });
  }

  start(): void {
    this.timer ??= setInterval(() => this.look(), KEEPER_INTERVAL_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * Whether the cluster could go on without a member, as this leader hears its nodes. Of the last one the
   * list itself takes care, and of others than candidates it need not be asked.
   *
   * @returns null when this node does not lead.
   */
  canGoOnWithout(member: string): boolean | null {
    const driver = this.leading();
    const { list } = this.known;
    if (driver === null || list === null) return null;
    const all = this.candidates(list);
    const left = all.filter(({ replica }) => nodeOf(replica) !== member);
    if (left.length === all.length || left.length === 0) return true;
    return canGoOn(left, driver.raft.members);
  }

  private look(): void {
    const driver = this.leading();
    const { list } = this.known;
    if (driver === null || list === null) {
      this.deadSinceMs.clear();
      return;
    }
    this.watchTheDead(list);
    this.step(driver, list);
    void this.dropOne(driver, list);
  }

  private leading(): GroupDriver | null {
    const driver = this.consensus.group(COORDINATION_GROUP);
    return driver?.raft.roleName === 'leader' ? driver : null;
  }

  private watchTheDead({ members }: MembersList): void {
    const nowMs = performance.now();
    const nodes = members.map((member) => member.nodeId);
    const dead = new Set(nodes.filter((node) => !this.isAlive(node)));
    for (const node of this.deadSinceMs.keys()) if (!dead.has(node)) this.deadSinceMs.delete(node);
    for (const node of dead) if (!this.deadSinceMs.has(node)) this.deadSinceMs.set(node, nowMs);
  }

  private isAlive(node: string): boolean {
    if (node === this.configuration.nodeId || this.status.memberStatus(node) !== 'dead')
      return true;
    // Who has come this very moment has not told its status yet; the bound is far below that of the dead.
    const heardMs = this.transport.status(nodeId(node))?.lastHeardMs ?? null;
    return heardMs !== null && heardMs <= SUSPECT_AFTER_MS;
  }

  private candidates({ members }: MembersList): readonly Candidate<ReplicaId>[] {
    const nowMs = performance.now();
    return members.flatMap(({ nodeId: id, roles, diskId, leaving }) => {
      if (diskId === null || leaving || !roles.includes('locks')) return [];
      const deadMs = nowMs - (this.deadSinceMs.get(id) ?? nowMs);
      return [
        {
          replica: replicaOf(id, diskId),
          alive: this.isAlive(id),
          lost: deadMs >= this.configuration.replaceAfterMs,
        },
      ];
    });
  }

  private step(driver: GroupDriver, list: MembersList): void {
    const { raft } = driver;
    if (raft.members !== raft.committedMembers || raft.leader === null) return;
    const statuses = driver.replicaStatuses();
    const heard = statuses.filter((each) => each.heard).map(({ replica }) => replica);
    const caughtUp = statuses
      .filter(({ matchIndex, needsSnapshot }) => {
        return !needsSnapshot && raft.commitIndex - matchIndex <= CAUGHT_UP_ENTRIES_MAX;
      })
      .map(({ replica }) => replica);
    const change = nextChange({
      candidates: this.candidates(list),
      members: raft.members,
      self: raft.leader,
      heard: new Set(heard),
      caughtUp: new Set(caughtUp),
    });
    if (change === null) return;
    const outcome = this.consensus.changeMembers(COORDINATION_GROUP, change);
    const refusal = outcome.kind === 'refused' ? outcome.reason : null;
    if (refusal !== null && refusal !== this.refusal) {
      this.logger.log(`${COORDINATION_GROUP}: the next step to other replicas waits: ${refusal}`);
    }
    this.refusal = refusal;
  }

  /** Lets one leaving member go that no group counts on any more. */
  private async dropOne({ raft }: GroupDriver, { members, version }: MembersList): Promise<void> {
    const replicas = [raft.members, raft.committedMembers];
    const gone = members.find((each) => each.leaving && !hasReplicaOf(each.nodeId, replicas));
    if (gone === undefined || this.dropping) return;
    this.dropping = true;
    try {
      await this.commands.run({ kind: 'drop', nodeId: gone.nodeId, version });
    } catch (error) {
      // Tried again by whoever leads then.
      this.logger.log(`${gone.nodeId} could not leave yet: ${String(error)}`);
    } finally {
      this.dropping = false;
    }
  }
}

function names(replicas: readonly ReplicaId[]): string {
  return replicas.length === 0 ? 'none' : replicas.map(nodeOf).join(', ');
}
