import { GroupProposer } from '@sinkron/cluster';
import {
  encodeCommand,
  openProposer,
  readOpening,
  type CommandOutcome,
  type IdempotencyScope,
  type ProposerId,
} from '@sinkron/consensus';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';
import { LeaderCall, type CallEnd, type CallPort, type CallRequest } from './leader-call.js';

/** Patience of opening a proposer, microseconds. */
const OPENING_US = 60_000_000;

/** How a request ended for its client. */
export type Answer =
  | {
      readonly kind: 'applied';
      readonly result: unknown;
      readonly replayed: boolean;
      /** Under which proposer of the node the command went. */
      readonly proposer: ProposerId;
    }
  | { readonly kind: 'read'; readonly result: unknown; readonly appliedIndex: number }
  /** It may have happened, or happen later. */
  | { readonly kind: 'unknown' }
  /** It did not happen and never will. */
  | { readonly kind: 'notDone' };

export interface MachineCommand {
  readonly machine: string;
  readonly body: unknown;
  readonly idempotency: IdempotencyScope | null;
  readonly deadlineUs: number;
  /** When its caller gives up where nothing can have happened by then; else the deadline. */
  readonly giveUpByUs?: number;
}

type Opening =
  | { readonly kind: 'open'; readonly proposer: GroupProposer }
  | {
      readonly kind: 'opening';
      readonly waiting: ((proposer: GroupProposer | null) => void)[];
    };

/**
 * How clients of a node reach the group, wherever it is led: the production ClusterRouter without
 * its promises, with the production GroupProposer naming the commands.
 */
export class Gateway {
  private opening: Opening | null = null;

  constructor(
    private readonly world: World,
    private readonly identity: { readonly nodeId: string; readonly incarnation: string },
    /** Tells the proposers of a node apart, over all its processes. */
    private readonly unique: () => string,
    private readonly port: CallPort,
  ) {}

  /** Applies a command exactly once. */
  execute(command: MachineCommand, done: (answer: Answer) => void): void {
    let begun = false;
    const { deadlineUs, giveUpByUs = deadlineUs } = command;
    this.port.after(giveUpByUs - this.port.nowUs(), () => {
      if (begun) return;
      begun = true;
      done({ kind: 'notDone' });
    });
    this.withProposer((proposer) => {
      if (begun) return;
      begun = true;
      if (proposer === null) return done({ kind: 'notDone' });
      this.propose(proposer, command, done);
    });
  }

  /** A linearizable read. */
  query(machine: string, query: unknown, deadlineUs: number, done: (answer: Answer) => void): void {
    const call = { method: 'query', body: [machine, query], deadlineUs } as const;
    new LeaderCall(this.port, call, (end) => done(readAnswer(end))).start();
  }

  /** A request to the leader's memory. */
  request(
    machine: string,
    body: unknown,
    deadlineUs: number,
    done: (answer: Answer) => void,
  ): void {
    const call = { method: 'request', body: [machine, body], deadlineUs } as const;
    new LeaderCall(this.port, call, (end) => done(readAnswer(end))).start();
  }

  private propose(
    proposer: GroupProposer,
    command: MachineCommand,
    done: (answer: Answer) => void,
  ): void {
    const id = proposer.next();
    if (id === undefined) return done({ kind: 'notDone' });
    const { machine, body, idempotency, deadlineUs, giveUpByUs } = command;
    const bytes = Uint8Array.from(encodeCommand({ machine, body, id, idempotency }));
    this.call(bytes, { deadlineUs, giveUpByUs }, (end) => {
      proposer.settle(id);
      if (end.kind !== 'reply' || end.reply.kind !== 'outcome') return done(unanswered(end));
      const { outcome } = end.reply;
      if (outcome.kind !== 'unknownProposer') return done(this.executed(outcome, proposer.id));
      if (this.opening?.kind === 'open' && this.opening.proposer === proposer) this.opening = null;
      if (end.repeated) return done({ kind: 'unknown' });
      this.execute(command, done);
    });
  }

  private executed(
    outcome: Exclude<CommandOutcome, { kind: 'unknownProposer' }>,
    proposer: ProposerId,
  ): Answer {
    switch (outcome.kind) {
      case 'applied':
        if (outcome.replayed) this.world.met('answer repeated for an idempotency key');
        return { kind: 'applied', result: outcome.result, replayed: outcome.replayed, proposer };
      case 'acknowledged':
        return { kind: 'unknown' };
      case 'idempotencyKeyReused':
      case 'idempotencyFull':
        return { kind: 'notDone' };
    }
  }

  private withProposer(use: (proposer: GroupProposer | null) => void): void {
    if (this.opening?.kind === 'open') return use(this.opening.proposer);
    if (this.opening?.kind === 'opening') {
      this.opening.waiting.push(use);
      return;
    }
    const waiting = [use];
    this.opening = { kind: 'opening', waiting };
    const proposer = new GroupProposer(this.identity.nodeId, this.unique());
    this.open(proposer.id, 0, this.port.nowUs() + OPENING_US, (opened) => {
      this.opening = opened ? { kind: 'open', proposer } : null;
      for (const ready of waiting) ready(opened ? proposer : null);
    });
  }

  private open(
    id: ProposerId,
    knownClosing: number,
    deadlineUs: number,
    done: (opened: boolean) => void,
  ): void {
    const opening = openProposer({ id, ...this.identity }, knownClosing);
    this.call(Uint8Array.from(encodeCommand(opening)), { deadlineUs }, (end) => {
      if (end.kind !== 'reply' || end.reply.kind !== 'outcome') return done(false);
      const { outcome } = end.reply;
      expectPromise(outcome.kind === 'applied', 'every opening is applied', { id });
      const answer = readOpening(outcome.result);
      if (answer.opened) return done(true);
      // An earlier proposer of this node was closed: only an opening that knows it is no old copy.
      this.world.met('opening repeated after a closing');
      this.open(id, answer.closing, deadlineUs, done);
    });
  }

  private call(
    command: Uint8Array,
    limits: Pick<CallRequest, 'deadlineUs' | 'giveUpByUs'>,
    done: (end: CallEnd) => void,
  ): void {
    new LeaderCall(this.port, { method: 'propose', body: [command], ...limits }, done).start();
  }
}

function unanswered(end: CallEnd): Answer {
  return { kind: end.kind === 'notDone' ? 'notDone' : 'unknown' };
}

function readAnswer(end: CallEnd): Answer {
  if (end.kind !== 'reply' || end.reply.kind !== 'result') return unanswered(end);
  const { result, appliedIndex } = end.reply;
  return { kind: 'read', result, appliedIndex };
}
