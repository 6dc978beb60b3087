import { proposerId, PROPOSER_WINDOW, type CommandId, type ProposerId } from '@sinkron/consensus';

/**
 * This node as a proposer in one group: numbers its commands and knows which are still under way.
 *
 * Invariant: every sequence below `acknowledgedBelow` was answered or given up, for good.
 */
export class GroupProposer {
  readonly id: ProposerId;
  private nextSequence = 1;
  /** In growing order, for sequences are added in order. */
  private readonly underWay = new Set<number>();

  constructor(nodeId: string, unique: string) {
    this.id = proposerId(`${nodeId}:${unique}`);
  }

  /** Names the next command; undefined when too many are under way. */
  next(): CommandId | undefined {
    const acknowledgedBelow = this.acknowledgedBelow();
    const sequence = this.nextSequence;
    if (sequence - acknowledgedBelow >= PROPOSER_WINDOW) return undefined;
    this.nextSequence += 1;
    this.underWay.add(sequence);
    return { proposer: this.id, sequence, acknowledgedBelow };
  }

  /** The command was answered, or its outcome is given up as unknown. */
  settle(command: CommandId): void {
    this.underWay.delete(command.sequence);
  }

  private acknowledgedBelow(): number {
    for (const oldest of this.underWay) return oldest;
    return this.nextSequence;
  }
}
