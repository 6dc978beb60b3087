/** Who leads a group in which term, as far as this node has heard. */
export interface LeaderHint {
  readonly term: number;
  /** Null: the replica that spoke knows of no leader in that term. */
  readonly nodeId: string | null;
}

/**
 * The latest leader of each group that this node has heard of, from its own replica, from peers'
 * status and from refusals. A hint is only a place to ask: whoever is asked decides by its own log.
 */
export class LeaderDirectory {
  private readonly hints = new Map<string, LeaderHint>();

  get(group: string): LeaderHint | undefined {
    return this.hints.get(group);
  }

  /** The groups of which something was heard, and no leader is known. */
  leaderless(): readonly string[] {
    return [...this.hints].flatMap(([group, { nodeId }]) => (nodeId === null ? [group] : []));
  }

  /** Later terms win; within a term a known leader wins. @returns whether the leader changed. */
  heard(group: string, hint: LeaderHint): boolean {
    const known = this.hints.get(group);
    if (known !== undefined) {
      if (hint.term < known.term) return false;
      if (hint.term === known.term && (hint.nodeId === null || hint.nodeId === known.nodeId)) {
        return false;
      }
    }
    this.hints.set(group, hint);
    return true;
  }

  /** The node did not answer or refused: ask no more until something newer is heard. */
  failed(group: string, nodeId: string): void {
    const known = this.hints.get(group);
    if (known?.nodeId !== nodeId) return;
    this.hints.set(group, { term: known.term, nodeId: null });
  }
}
