import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import {
  encodeCommand,
  openProposer,
  type CommandId,
  type CommandOutcome,
  type IdempotencyScope,
  type ReplicatedMachine,
} from '@sinkron/consensus';
import { ProblemError, type IdempotentRequest } from '@sinkron/http';
import { LocalIdentity } from '@sinkron/transport';
import { createHash, randomBytes } from 'node:crypto';
import { GroupProposer } from './group-proposer.js';
import {
  GroupRequests,
  PROPOSE_METHOD,
  QUERY_METHOD,
  REQUEST_METHOD,
  type Consistency,
} from './group-requests.js';
import { OPENING_TIMEOUT_MS } from '../limits.js';
import { LeaderCall, remainingMs, type LeaderReply } from './leader-call.js';
import { LeaderWatch } from './leader-watch.js';
import { readProposeReply, readReadReply, type ProposeReply, type ReadReply } from './replies.js';

/** A machine in a group. */
export interface Target {
  readonly group: string;
  readonly machine: string;
}

export interface ExecuteOptions {
  /** When the caller stops waiting, ms as `performance.now()` counts them. */
  readonly deadlineMs: number;
  readonly idempotency?: IdempotentRequest | undefined;
}

export interface Executed {
  readonly result: unknown;
  /** The answer was given before, to the same Idempotency-Key. */
  readonly replayed: boolean;
}

type Outcome = Extract<ProposeReply, { kind: 'outcome' }>;
type Result = Extract<ReadReply, { kind: 'result' }>;

/** How features reach the replicated groups, wherever their leaders are. */
@Injectable()
export class ClusterRouter {
  private readonly factories = new Map<string, (() => ReplicatedMachine)[]>();
  private readonly proposers = new Map<string, Promise<GroupProposer>>();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly identity: LocalIdentity,
    private readonly requests: GroupRequests,
    private readonly calls: LeaderCall,
    private readonly leaders: LeaderWatch,
  ) {}

  /** Adds a feature's machine to a group; called while modules initialise, before groups start. */
  registerMachine(group: string, factory: () => ReplicatedMachine): void {
    const factories = this.factories.get(group) ?? [];
    this.factories.set(group, [...factories, factory]);
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
    for (;;) {
      const opening = this.proposer(target.group);
      const proposer = await within(options.deadlineMs, opening, target.group);
      // The opening was begun by somebody else and came to nothing; there is time for another.
      if (proposer === null) continue;
      const id = proposer.next();
      if (id === undefined) {
        throw new ProblemError('OVERLOADED', 'this node has too many commands under way');
      }
      try {
        const { reply, repeated } = await this.propose(target, body, id, options);
        const { outcome } = reply;
        if (outcome.kind !== 'unknownProposer') return executed(outcome);
        // The cluster took this node for dead and closed its proposer.
        if (this.proposers.get(target.group) === opening) this.proposers.delete(target.group);
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

  private propose(
    target: Target,
    body: unknown,
    id: CommandId,
    options: ExecuteOptions,
  ): Promise<LeaderReply<Outcome>> {
    const { machine } = target;
    const idempotency = options.idempotency === undefined ? null : scopeOf(options.idempotency);
    return this.deliver(
      target.group,
      encodeCommand({ machine, body, id, idempotency }),
      options.deadlineMs,
    );
  }

  private deliver(
    group: string,
    bytes: Uint8Array,
    deadlineMs: number,
  ): Promise<LeaderReply<Outcome>> {
    return this.calls.call<Outcome>({
      group,
      method: PROPOSE_METHOD,
      body: [group, bytes],
      deadlineMs,
      mutates: true,
      local: () => this.requests.propose(group, bytes),
      read: readProposeReply,
    });
  }

  /** This node's proposer in the group, opened with the first command. */
  private proposer(group: string): Promise<GroupProposer> {
    const known = this.proposers.get(group);
    if (known !== undefined) return known;
    const opening = this.open(group);
    this.proposers.set(group, opening);
    opening.catch(() => {
      if (this.proposers.get(group) === opening) this.proposers.delete(group);
    });
    return opening;
  }

  private async open(group: string): Promise<GroupProposer> {
    const { nodeId } = this.configuration;
    const { incarnation } = this.identity;
    const proposer = new GroupProposer(nodeId, randomBytes(16).toString('hex'));
    const command = encodeCommand(openProposer({ id: proposer.id, nodeId, incarnation }));
    await this.deliver(group, command, performance.now() + OPENING_TIMEOUT_MS);
    return proposer;
  }
}

/**
 * Waits for the proposer, but no longer than the caller does; until then nothing has happened.
 *
 * @returns null when the opening found no leader in its own time and the caller has more.
 */
async function within(
  deadlineMs: number,
  opening: Promise<GroupProposer>,
  group: string,
): Promise<GroupProposer | null> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), remainingMs(deadlineMs));
  });
  try {
    const proposer = await Promise.race([opening, tooLate]);
    if (proposer !== null) return proposer;
  } catch (error) {
    if (!(error instanceof ProblemError) || !NO_LEADER_YET.has(error.code)) throw error;
  } finally {
    clearTimeout(timer);
  }
  if (remainingMs(deadlineMs) > 0) return null;
  throw new ProblemError('NO_LEADER', `no leader of ${group} was found in time`);
}

/** Whether an opening happened does not matter: nobody will use that proposer. */
const NO_LEADER_YET: ReadonlySet<string> = new Set(['NO_LEADER', 'NO_QUORUM', 'OUTCOME_UNKNOWN']);

/** Keys are remembered per principal (only the anonymous one exists yet), method and path. */
function scopeOf(request: IdempotentRequest): IdempotencyScope {
  const { key, method, path, fingerprint } = request;
  const scope = createHash('sha256').update(`anonymous\n${method}\n${path}\n${key}`).digest('hex');
  return { scope, fingerprint };
}

function executed(outcome: Exclude<CommandOutcome, { kind: 'unknownProposer' }>): Executed {
  switch (outcome.kind) {
    case 'applied':
      return { result: outcome.result, replayed: outcome.replayed };
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
