import { isNodeId } from '@sinkron/config';
import type { Term } from '../../raft/core/identifiers.js';
import type { Instant } from '../../raft/core/instant.js';
import { MalformedError, TupleReader } from '../../codec/tuple.js';
import { proposerId, type Command, type ProposerId } from '../command.js';
import {
  COMMAND_NAME_LENGTH_MAX,
  PROPOSER_LOOK_INTERVAL_MS,
  PROPOSER_SILENCE_MS,
} from '../limits.js';
import type { ApplyContext, LeaderDuties, Notice } from '../replicated-machine.js';
import type { Opening, Proposer, ProposerTable } from './proposer-table.js';

export const PROPOSERS_MACHINE = 'proposers';

/** What this node hears of the others, from the pings of the transport. */
export interface Liveness {
  /** The process of the node that speaks now, null when it was never heard. */
  incarnation(nodeId: string): string | null;
  /** Milliseconds since the node was last heard; null when it never was. */
  silenceMs(nodeId: string): number | null;
}

/**
 * The command that opens a proposer; its result is read by `readOpening`.
 *
 * @param knownClosing the latest closing of a proposer of the node that it was told of, 0 for none.
 */
export function openProposer(proposer: Proposer, knownClosing = 0): Command {
  const body = ['open', proposer.id, proposer.nodeId, proposer.incarnation, knownClosing];
  return { machine: PROPOSERS_MACHINE, body, id: null, idempotency: null };
}

/** @throws MalformedError */
export function readOpening(result: unknown): Opening {
  if (typeof result !== 'object' || result === null || !('opened' in result)) {
    throw new MalformedError('not an opening');
  }
  if (result.opened === true) return { opened: true };
  const closing = 'closing' in result ? result.closing : null;
  return { opened: false, closing: new TupleReader([closing]).natural() };
}

/**
 * Whether a command is an opening, the only one of this machine that nodes send to the leader.
 *
 * @throws MalformedError
 */
export function checkOpening({ body, id, idempotency }: Command): void {
  const reader = new TupleReader(body);
  if (reader.text() !== 'open' || id !== null || idempotency !== null) {
    throw new MalformedError('only the leader closes proposers');
  }
  checkName(reader.text());
  // Notices are sent there.
  if (!isNodeId(reader.text())) throw new MalformedError('not the id of a node');
  checkName(reader.text());
  reader.natural();
}

/** @throws MalformedError unless `name` may be a part of a key on disk. */
export function checkName(name: string): void {
  if (name.length === 0 || name.length > COMMAND_NAME_LENGTH_MAX || !VISIBLE_ASCII.test(name)) {
    throw new MalformedError(`a name of 1 to ${COMMAND_NAME_LENGTH_MAX} visible characters`);
  }
}

const VISIBLE_ASCII = /^[\x20-\x7e]*$/;

/** What an opening or closing came to, and whom it has closed. */
export interface ProposerChange {
  readonly result: unknown;
  readonly closed: ProposerId | null;
}

/** Applies the opening or closing of a proposer. */
export function applyProposerCommand(
  table: ProposerTable,
  body: unknown,
  { index, term }: Pick<ApplyContext, 'index' | 'term'>,
): ProposerChange {
  const reader = new TupleReader(body);
  const kind = reader.text();
  const id = proposerId(reader.text());
  if (kind === 'open') {
    const proposer = { id, nodeId: reader.text(), incarnation: reader.text() };
    return { result: table.open(proposer, reader.natural()), closed: null };
  }
  if (kind === 'close') {
    // A deposed leader's view of who is alive closes nobody.
    const closed = reader.natural() === term && table.close(id, index);
    return { result: { closed }, closed: closed ? id : null };
  }
  throw new MalformedError(`no such proposer command: ${kind}`);
}

/**
 * The leader closes proposers whose node fell silent or was restarted, so that what they left
 * behind (waiters, grants nobody collects) goes with them. After a change of leader every proposer
 * has the full time again, for the new leader may not have heard it yet.
 */
export class ProposerDuties implements LeaderDuties<never> {
  private leading: { readonly term: Term; readonly sinceMs: number } | null = null;
  /** Those whose closing is proposed in this term and not applied yet. */
  private readonly closing = new Set<ProposerId>();
  private nextLookMs = 0;

  constructor(
    private readonly table: ProposerTable,
    private readonly liveness: Liveness,
  ) {}

  start(term: Term, instant: Instant): void {
    this.leading = { term, sinceMs: instant.monotonicMs };
    this.nextLookMs = instant.monotonicMs;
    this.closing.clear();
  }

  observe(): void {}

  tick(instant: Instant): readonly unknown[] {
    if (this.leading === null || instant.monotonicMs < this.nextLookMs) return [];
    this.nextLookMs = instant.monotonicMs + PROPOSER_LOOK_INTERVAL_MS;
    const { term, sinceMs } = this.leading;
    const patient = instant.monotonicMs - sinceMs < PROPOSER_SILENCE_MS;
    const commands: unknown[] = [];
    for (const id of this.closing) if (this.table.get(id) === undefined) this.closing.delete(id);
    for (const proposer of this.table.list()) {
      if (this.closing.has(proposer.id) || !this.gone(proposer, patient)) continue;
      this.closing.add(proposer.id);
      commands.push(['close', proposer.id, term]);
    }
    return commands;
  }

  followUps(): readonly unknown[] {
    return [];
  }

  refused(command: unknown): void {
    const reader = new TupleReader(command);
    reader.text();
    this.closing.delete(proposerId(reader.text()));
  }

  request(): unknown {
    throw new MalformedError('proposers answer no requests');
  }

  takeNotices(): readonly Notice[] {
    return [];
  }

  stop(): void {
    this.leading = null;
    this.closing.clear();
  }

  private gone(proposer: Proposer, patient: boolean): boolean {
    const incarnation = this.liveness.incarnation(proposer.nodeId);
    if (incarnation !== null && incarnation !== proposer.incarnation) return true;
    if (patient) return false;
    const silenceMs = this.liveness.silenceMs(proposer.nodeId);
    return silenceMs === null || silenceMs > PROPOSER_SILENCE_MS;
  }
}
