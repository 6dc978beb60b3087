import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, type Role, type SinkronConfiguration } from '@sinkron/config';
import {
  encodeCommand,
  type CommandId,
  type CommandOutcome,
  type IdempotencyScope,
  type NoticeListener,
  type ProposerId,
  type ReplicatedMachine,
} from '@sinkron/consensus';
import { ProblemError, type IdempotentRequest } from '@sinkron/http';
import { LocalIdentity } from '@sinkron/transport';
import { createHash } from 'node:crypto';
import { ShardFamilies, type ShardMachineFactory } from '../shards/shard-families.js';
import {
  GroupRequests,
  PROPOSE_METHOD,
  QUERY_METHOD,
  REQUEST_METHOD,
  type Consistency,
} from './group-requests.js';
import { LeaderCall, type LeaderReply } from './leader-call.js';
import { LeaderWatch } from './leader-watch.js';
import { NodeProposers } from './node-proposers.js';
import { readProposeReply, readReadReply, type ProposeReply, type ReadReply } from './replies.js';

/** A machine in a group. */
export interface Target {
  readonly group: string;
  readonly machine: string;
}

export interface ExecuteOptions {
  /** When the caller stops waiting, ms as `performance.now()` counts them. */
  readonly deadlineMs: number;
  /**
   * When it stops waiting if it certainly did not happen by then, for callers that have to know what
   * becomes of a command in doubt; as `deadlineMs`, which it is when it is not given.
   */
  readonly giveUpByMs?: number | undefined;
  readonly idempotency?: IdempotentRequest | undefined;
}

export interface Executed {
  readonly result: unknown;
  /** The answer was given before, to the same Idempotency-Key. */
  readonly replayed: boolean;
  /** Under which proposer of this node the command went. */
  readonly proposer: ProposerId;
}

type Outcome = Extract<ProposeReply, { kind: 'outcome' }>;
type Result = Extract<ReadReply, { kind: 'result' }>;

/** How features reach the replicated groups, wherever their leaders are. */
@Injectable()
export class ClusterRouter {
  private readonly factories = new Map<string, (() => ReplicatedMachine)[]>();
  private readonly proposers: NodeProposers;

  constructor(
    @Inject(CONFIGURATION) configuration: SinkronConfiguration,
    identity: LocalIdentity,
    private readonly requests: GroupRequests,
    private readonly calls: LeaderCall,
    private readonly leaders: LeaderWatch,
    private readonly families: ShardFamilies,
  ) {
    const names = { nodeId: configuration.nodeId, incarnation: identity.incarnation };
    this.proposers = new NodeProposers(names, async (group, command, deadlineMs) => {
      const { reply } = await this.deliver(group, command, { deadlineMs });
      return reply.outcome;
    });
  }

  /** Adds a feature's machine to a group; called while modules initialise, before groups start. */
  registerMachine(group: string, factory: () => ReplicatedMachine): void {
    const factories = this.factories.get(group) ?? [];
    this.factories.set(group, [...factories, factory]);
  }

  /**
   * Adds a family of shards, `{name}-0` and so on, on the members with `role`; called while modules
   * initialise. Each shard is a group with the machine that the factory makes.
   */
  registerFamily(name: string, role: Role, factory: ShardMachineFactory): void {
    this.families.register({ name, role, machine: factory });
  }

  /** The group of the shard of a registered family that a name belongs to: always the same. */
  shardFor(family: string, name: string): string {
    return this.families.groupFor(family, name);
  }

  /** The groups of all shards of a registered family, in their order. */
  shardsOf(family: string): readonly string[] {
    return this.families.groupsOf(family);
  }

  /** The machines registered for a group, made anew. */
  machinesOf(group: string): readonly ReplicatedMachine[] {
    return (this.factories.get(group) ?? []).map((factory) => factory());
  }

  /**
   * Applies a command to a group's machine exactly once, through whichever node leads.
   *
   * @throws ProblemError with 503 when it certainly did not happen, `OUTCOME_UNKNOWN` when it may
   * have, `IDEMPOTENCY_KEY_REUSED` for a key that came with another body.
   */
  async execute(target: Target, body: unknown, options: ExecuteOptions): Promise<Executed> {
    const { refusal } = this.leaders;
    if (refusal !== null) throw new ProblemError('NO_LEADER', refusal);
    const { deadlineMs, giveUpByMs = deadlineMs } = options;
    for (;;) {
      const { group } = target;
      const proposer =
        this.proposers.opened(group) ?? (await this.proposers.open(group, giveUpByMs));
      const id = proposer.next();
      if (id === undefined) {
        throw new ProblemError('OVERLOADED', 'this node has too many commands under way');
      }
      try {
        const { reply, repeated } = await this.propose(target, body, id, options);
        const { outcome } = reply;
        if (outcome.kind !== 'unknownProposer') return executed(outcome, proposer.id);
        // The cluster took this node for dead and closed its proposer.
        this.proposers.closed(group, proposer);
        // The one and only try was refused; only an earlier one out of sight leaves a doubt.
        if (repeated) throw outcomeUnknown();
      } finally {
        proposer.settle(id);
      }
    }
  }

  /** Reads a machine: linearizable through the leader, or stale from the nearest replica. */
  async query(
    target: Target,
    query: unknown,
    options: { readonly deadlineMs: number; readonly consistency: Consistency },
  ): Promise<unknown> {
    const { group, machine } = target;
    const { deadlineMs, consistency } = options;
    if (consistency === 'stale') {
      const nearby = await this.requests.query(group, machine, query, 'stale');
      if (nearby.kind === 'result') return nearby.result;
    }
    const { reply } = await this.calls.call<Result>({
      group,
      method: QUERY_METHOD,
      body: [group, machine, consistency, query],
      deadlineMs,
      mutates: false,
      local: () => this.requests.query(group, machine, query, consistency),
      read: readReadReply,
    });
    return reply.result;
  }

  /** Asks the memory of the leader's machine, under the leader's lease. */
  async leaderRequest(
    target: Target,
    request: unknown,
    options: { readonly deadlineMs: number },
  ): Promise<unknown> {
    const { group, machine } = target;
    const { reply } = await this.calls.call<Result>({
      group,
      method: REQUEST_METHOD,
      body: [group, machine, request],
      deadlineMs: options.deadlineMs,
      mutates: true,
      local: () => this.requests.request(group, machine, request),
      read: readReadReply,
    });
    return reply.result;
  }

  /** The node that leads a group, as far as this node knows. */
  leaderOf(group: string): string | null {
    return this.leaders.leader(group);
  }

  /**
   * Calls back whenever another leader of the group is heard of: what was left with the former one
   * is to be asked for anew.
   *
   * @returns how to stop it.
   */
  onLeaderNews(group: string, listener: () => void): () => void {
    return this.leaders.onNews(group, () => {
      if (this.leaders.leader(group) !== null) listener();
    });
  }

  /**
   * Hears what a machine has to say to proposers of this node. Hints: they may be lost, come twice,
   * or come for a proposer that this process did not open. One listener a machine.
   */
  onNotices({ group, machine }: Target, listener: NoticeListener): void {
    this.requests.onNotices(group, machine, listener);
  }

  private propose(
    target: Target,
    body: unknown,
    id: CommandId,
    options: ExecuteOptions,
  ): Promise<LeaderReply<Outcome>> {
    const { machine } = target;
    const idempotency = options.idempotency === undefined ? null : scopeOf(options.idempotency);
    return this.deliver(target.group, encodeCommand({ machine, body, id, idempotency }), options);
  }

  private deliver(
    group: string,
    bytes: Uint8Array,
    { deadlineMs, giveUpByMs }: Pick<ExecuteOptions, 'deadlineMs' | 'giveUpByMs'>,
  ): Promise<LeaderReply<Outcome>> {
    return this.calls.call<Outcome>({
      group,
      method: PROPOSE_METHOD,
      body: [group, bytes],
      deadlineMs,
      giveUpByMs,
      mutates: true,
      local: () => this.requests.propose(group, bytes),
      read: readProposeReply,
    });
  }
}

/** Keys are remembered per principal (only the anonymous one exists yet), method and path. */
function scopeOf(request: IdempotentRequest): IdempotencyScope {
  const { key, method, path, fingerprint } = request;
  const scope = createHash('sha256').update(`anonymous\n${method}\n${path}\n${key}`).digest('hex');
  return { scope, fingerprint };
}

function executed(
  outcome: Exclude<CommandOutcome, { kind: 'unknownProposer' }>,
  proposer: ProposerId,
): Executed {
  switch (outcome.kind) {
    case 'applied':
      return { result: outcome.result, replayed: outcome.replayed, proposer };
    case 'acknowledged':
      throw outcomeUnknown();
    case 'idempotencyKeyReused':
      throw new ProblemError(
        'IDEMPOTENCY_KEY_REUSED',
        'this Idempotency-Key came with another body before; use a new key for a new request',
      );
    case 'idempotencyFull':
      throw new ProblemError('OVERLOADED', 'too many idempotency keys are remembered; try later');
  }
}

function outcomeUnknown(): ProblemError {
  return new ProblemError(
    'OUTCOME_UNKNOWN',
    'the leader changed while the request was under way; repeat it with the same Idempotency-Key',
  );
}
