import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  ConsensusService,
  nodeOf,
  TupleReader,
  type CommandOutcome,
  type GroupDriver,
  type NoticeListener,
} from '@sinkron/consensus';
import { PeerTransport } from '@sinkron/transport';
import type { ProposeReply, ReadReply, Refusal } from './replies.js';

export type Consistency = 'linearizable' | 'stale';

/** Methods of the peer transport that this node answers for its replicas. */
export const PROPOSE_METHOD = 'group.propose';
export const QUERY_METHOD = 'group.query';
export const REQUEST_METHOD = 'group.request';

/** What this node does for others (and itself) with the replicas it holds. */
@Injectable()
export class GroupRequests implements OnModuleInit {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly transport: PeerTransport,
  ) {}

  onModuleInit(): void {
    this.transport.handle(PROPOSE_METHOD, (_from, body) => {
      const reader = new TupleReader(body);
      return this.propose(reader.text(), reader.bytes());
    });
    this.transport.handle(QUERY_METHOD, (_from, body) => {
      const reader = new TupleReader(body);
      const group = reader.text();
      const machine = reader.text();
      const consistency = reader.text() === 'stale' ? 'stale' : 'linearizable';
      return this.query(group, machine, reader.any(), consistency);
    });
    this.transport.handle(REQUEST_METHOD, (_from, body) => {
      const reader = new TupleReader(body);
      return this.request(reader.text(), reader.text(), reader.any());
    });
  }

  /**
   * Proposes an encoded command at this node's replica, if it leads.
   *
   * @throws MalformedError for what no node of this version proposes; nothing was appended.
   */
  async propose(group: string, command: Uint8Array): Promise<ProposeReply> {
    const driver = this.consensus.group(group);
    if (driver === undefined) return NO_REPLICA;
    if (driver.raft.roleName !== 'leader') return refusal(driver, 'notLeader');
    if (this.consensus.storageFull) return refusal(driver, 'storageFull');
    const outcome = await this.consensus.propose(driver, command);
    switch (outcome.kind) {
      case 'applied':
        return { kind: 'outcome', outcome: presented(outcome.outcome) };
      case 'lost':
        return { kind: 'lost' };
      case 'refused':
        return refusal(driver, outcome.reason);
    }
  }

  /** Reads this node's replica: as it is, or as the leader when everything answered is in it. */
  async query(
    group: string,
    machine: string,
    query: unknown,
    consistency: Consistency,
  ): Promise<ReadReply> {
    const driver = this.consensus.group(group);
    if (driver === undefined) return NO_REPLICA;
    if (consistency === 'linearizable' && !this.leaseValid(driver)) {
      if (driver.raft.roleName !== 'leader') return refusal(driver, 'notLeader');
      const read = await this.consensus.read(driver);
      if (read.kind === 'refused') return refusal(driver, 'notLeader');
      return this.answer(driver, machine, query);
    }
    const reply = this.answer(driver, machine, query);
    // The lease is compared with the clock once more, after the state was read.
    if (consistency === 'stale' || this.leaseValid(driver)) return reply;
    return refusal(driver, 'notLeader');
  }

  /** Asks the leader's memory, under its lease before and after. */
  async request(group: string, machine: string, request: unknown): Promise<ReadReply> {
    const driver = this.consensus.group(group);
    if (driver === undefined) return NO_REPLICA;
    if (driver.raft.roleName !== 'leader') return refusal(driver, 'notLeader');
    if (!this.leaseValid(driver)) {
      // A confirmed round renews the lease.
      const read = await this.consensus.read(driver);
      if (read.kind === 'refused' || !this.leaseValid(driver)) return refusal(driver, 'notLeader');
    }
    const result = driver.machine.request(machine, request, this.consensus.now());
    return this.leaseValid(driver) ? { kind: 'result', result } : refusal(driver, 'notLeader');
  }

  /** Hears what a machine has to say to proposers of this node, wherever it leads. */
  onNotices(group: string, machine: string, listener: NoticeListener): void {
    this.consensus.onNotices(group, machine, listener);
  }

  private answer(driver: GroupDriver, machine: string, query: unknown): ReadReply {
    return { kind: 'result', result: driver.machine.query(machine, query, this.consensus.now()) };
  }

  private leaseValid(driver: GroupDriver): boolean {
    return driver.leaseValidAt(this.consensus.now());
  }
}

/** The answer in full, see `Applied.present`. */
function presented(outcome: CommandOutcome): CommandOutcome {
  if (outcome.kind !== 'applied' || outcome.present === undefined) return outcome;
  return { kind: 'applied', result: outcome.present(), replayed: outcome.replayed };
}

const NO_REPLICA: Refusal = { kind: 'refused', reason: 'noReplica', leader: null, term: 0 };

function refusal(driver: GroupDriver, reason: Refusal['reason']): Refusal {
  const { leader, term } = driver.raft;
  return { kind: 'refused', reason, leader: leader === null ? null : nodeOf(leader), term };
}
