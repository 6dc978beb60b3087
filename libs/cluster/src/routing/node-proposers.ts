import {
  encodeCommand,
  MalformedError,
  openProposer,
  readOpening,
  type CommandOutcome,
} from '@sinkron/consensus';
import { ProblemError } from '@sinkron/http';
import { randomBytes } from 'node:crypto';
import { OPENING_TIMEOUT_MS } from '../limits.js';
import { GroupProposer } from './group-proposer.js';
import { remainingMs } from './leader-call.js';

/** Has a command applied by the group's leader; what it throws is told to who waits. */
export type Deliver = (
  group: string,
  command: Uint8Array,
  deadlineMs: number,
) => Promise<CommandOutcome>;

interface KnownProposer {
  readonly opening: Promise<GroupProposer>;
  /** Null until it is open. */
  opened: GroupProposer | null;
}

/** This node's proposer in each group, opened with the first command there. */
export class NodeProposers {
  private readonly known = new Map<string, KnownProposer>();

  constructor(
    private readonly node: { readonly nodeId: string; readonly incarnation: string },
    private readonly deliver: Deliver,
  ) {}

  /** The proposer, when it is open. */
  opened(group: string): GroupProposer | null {
    return this.known.get(group)?.opened ?? null;
  }

  /**
   * Waits for the proposer, but no longer than the caller does; until then nothing has happened.
   *
   * @throws ProblemError
   */
  async open(group: string, deadlineMs: number): Promise<GroupProposer> {
    for (;;) {
      const proposer = await within(deadlineMs, this.opening(group), group);
      // The opening was begun by somebody else and came to nothing; there is time for another.
      if (proposer !== null) return proposer;
    }
  }

  /** The cluster took this node for dead and closed its proposer: the next command opens another. */
  closed(group: string, proposer: GroupProposer): void {
    if (this.known.get(group)?.opened === proposer) this.known.delete(group);
  }

  private opening(group: string): Promise<GroupProposer> {
    const known = this.known.get(group);
    if (known !== undefined) return known.opening;
    const begun: KnownProposer = { opening: this.begin(group), opened: null };
    this.known.set(group, begun);
    begun.opening.then(
      (proposer) => {
        begun.opened = proposer;
      },
      () => {
        if (this.known.get(group) === begun) this.known.delete(group);
      },
    );
    return begun.opening;
  }

  private async begin(group: string): Promise<GroupProposer> {
    const { nodeId, incarnation } = this.node;
    const proposer = new GroupProposer(nodeId, randomBytes(16).toString('hex'));
    const deadlineMs = performance.now() + OPENING_TIMEOUT_MS;
    let knownClosing = 0;
    for (;;) {
      const opening = openProposer({ id: proposer.id, nodeId, incarnation }, knownClosing);
      const outcome = await this.deliver(group, encodeCommand(opening), deadlineMs);
      if (outcome.kind !== 'applied') throw new MalformedError('every opening is applied');
      const answer = readOpening(outcome.result);
      if (answer.opened) return proposer;
      // An earlier proposer of this node was closed: only an opening that knows it is no old copy.
      knownClosing = answer.closing;
    }
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
