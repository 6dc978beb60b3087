import {
  MalformedError,
  nodeOf,
  TupleReader,
  type Clock,
  type CommandOutcome,
  type GroupDriver,
  type RaftNode,
} from '@sinkron/consensus';
import type { World } from '../world/world.js';
import type { Reply } from './reply.js';

export type RequestMethod = 'propose' | 'query' | 'request';

/**
 * What a node does for others (and itself) with its replica: the production GroupRequests, step by
 * step, without its promises, whose turns virtual time could not order.
 */
export class RequestServer {
  constructor(
    private readonly world: World,
    private readonly clock: Clock,
    private readonly node: RaftNode,
    private readonly driver: GroupDriver,
  ) {}

  /** @param reply called once, perhaps later. @throws MalformedError */
  handle(method: string, body: unknown, reply: (reply: Reply) => void): void {
    const reader = new TupleReader(body);
    switch (method) {
      case 'propose':
        return this.propose(reader.bytes(), reply);
      case 'query':
        return this.query(reader.text(), reader.any(), reply);
      case 'request':
        return this.request(reader.text(), reader.any(), reply);
      default:
        throw new MalformedError(`no such method: ${method}`);
    }
  }

  private propose(command: Uint8Array, reply: (reply: Reply) => void): void {
    const { driver } = this;
    if (driver.raft.roleName !== 'leader') return reply(this.refusal('notLeader'));
    driver.propose(command, (outcome) => {
      switch (outcome.kind) {
        case 'applied':
          return reply({ kind: 'outcome', outcome: inFull(outcome.outcome) });
        case 'lost':
          this.world.met('command lost with the leadership');
          return reply({ kind: 'lost' });
        case 'refused':
          if (outcome.reason === 'noQuorum') this.world.met('proposal refused without a quorum');
          if (outcome.reason === 'transferring') this.world.met('proposal refused by a transfer');
          return reply(this.refusal(outcome.reason));
      }
    });
    this.node.wake(driver.group);
  }

  private query(machine: string, query: unknown, reply: (reply: Reply) => void): void {
    const { driver } = this;
    if (this.leaseValid()) {
      const answer = this.answer(machine, query);
      if (!this.leaseValid()) return reply(this.refusal('notLeader'));
      this.world.met('read answered under the lease');
      return reply(answer);
    }
    if (driver.raft.roleName !== 'leader') return reply(this.refusal('notLeader'));
    this.read((ready) => {
      if (!ready) return reply(this.refusal('notLeader'));
      this.world.met('read answered after a round');
      reply(this.answer(machine, query));
    });
  }

  private request(machine: string, request: unknown, reply: (reply: Reply) => void): void {
    if (this.driver.raft.roleName !== 'leader') return reply(this.refusal('notLeader'));
    if (this.leaseValid()) return reply(this.ask(machine, request));
    this.read((ready) => {
      if (!ready || !this.leaseValid()) return reply(this.refusal('notLeader'));
      reply(this.ask(machine, request));
    });
  }

  private ask(machine: string, request: unknown): Reply {
    const result = this.driver.machine.request(machine, request, this.clock.now());
    if (!this.leaseValid()) return this.refusal('notLeader');
    return { kind: 'result', result, appliedIndex: this.driver.appliedIndex };
  }

  private read(done: (ready: boolean) => void): void {
    this.driver.read((outcome) => {
      if (outcome.kind === 'refused') this.world.met('read refused');
      done(outcome.kind === 'ready');
    });
    this.node.wake(this.driver.group);
  }

  private answer(machine: string, query: unknown): Reply {
    const result = this.driver.machine.query(machine, query, this.clock.now());
    return { kind: 'result', result, appliedIndex: this.driver.appliedIndex };
  }

  private leaseValid(): boolean {
    return this.driver.leaseValidAt(this.clock.now());
  }

  private refusal(reason: string): Reply {
    const { leader } = this.driver.raft;
    return { kind: 'refused', reason, leader: leader === null ? null : nodeOf(leader) };
  }
}

/** The answer in full, see `Applied.present`. */
function inFull(outcome: CommandOutcome): CommandOutcome {
  if (outcome.kind !== 'applied' || outcome.present === undefined) return outcome;
  return { kind: 'applied', result: outcome.present(), replayed: outcome.replayed };
}
