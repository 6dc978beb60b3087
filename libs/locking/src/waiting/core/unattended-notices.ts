interface UnattendedNotice {
  readonly proposer: string;
  readonly dueMs: number;
}

/** Hints for waiters that nobody attends here (yet), in the order in which they came. */
export class UnattendedNotices {
  private readonly notices = new Map<number, UnattendedNotice>();

  constructor(
    private readonly keptMs: number,
    private readonly max: number,
  ) {}

  /** Above `max` it is not kept. A repeated hint does not begin its time anew. */
  add(waiterId: number, proposer: string, nowMs: number): void {
    if (this.notices.size >= this.max || this.notices.has(waiterId)) return;
    this.notices.set(waiterId, { proposer, dueMs: nowMs + this.keptMs });
  }

  /** Somebody attends the waiter now. @returns whether there was a hint. */
  attended(waiterId: number): boolean {
    return this.notices.delete(waiterId);
  }

  /** The one whose time ends first. */
  nextDueMs(): number | undefined {
    for (const { dueMs } of this.notices.values()) return dueMs;
    return undefined;
  }

  /** Takes those out whose time is over. */
  takeDue(nowMs: number): readonly { readonly waiterId: number; readonly proposer: string }[] {
    const due: { waiterId: number; proposer: string }[] = [];
    for (const [waiterId, { proposer, dueMs }] of this.notices) {
      if (dueMs > nowMs) break;
      this.notices.delete(waiterId);
      due.push({ waiterId, proposer });
    }
    return due;
  }

  clear(): void {
    this.notices.clear();
  }
}
