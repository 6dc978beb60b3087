import { Injectable } from '@nestjs/common';
import type { IdempotentRequest } from '@sinkron/http';
import type { MembersCommand, MembersResult } from '../core/members/members-command.js';
import { COORDINATION_GROUP } from '../groups.js';
import { KEEPER_COMMAND_TIMEOUT_MS } from '../limits.js';
import { CLUSTER_MACHINE } from '../machine/cluster-machine.js';
import { membersCommandTuple, readMembersResult } from '../machine/members-codec.js';
import { ClusterRouter } from '../routing/cluster-router.js';

const TARGET = { group: COORDINATION_GROUP, machine: CLUSTER_MACHINE } as const;

export interface MemberCommandOptions {
  readonly deadlineMs: number;
  readonly idempotency?: IdempotentRequest | undefined;
}

/** Has commands about members applied. */
@Injectable()
export class MemberCommands {
  constructor(private readonly router: ClusterRouter) {}

  /** A command for a caller. @throws ProblemError, see `ClusterRouter.execute`. */
  async execute(
    command: MembersCommand,
    options: MemberCommandOptions,
  ): Promise<{ readonly result: MembersResult; readonly replayed: boolean }> {
    const body = membersCommandTuple(command);
    const { result, replayed } = await this.router.execute(TARGET, body, options);
    return { result: readMembersResult(result), replayed };
  }

  /** A command of the cluster's own. @throws ProblemError, see `ClusterRouter.execute`. */
  async run(command: MembersCommand): Promise<MembersResult> {
    const deadlineMs = performance.now() + KEEPER_COMMAND_TIMEOUT_MS;
    return (await this.execute(command, { deadlineMs })).result;
  }
}
