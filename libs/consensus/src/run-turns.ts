/** Runs what is requested, once a turn of the event loop, however many ask for it. */
export class RunTurns {
  private requested = false;
  /** There is never more than one: each would go on as long as there is more to do. */
  private next: NodeJS.Immediate | undefined;

  /** @param guarded calls what runs in a turn of its own, and sees to what it throws. */
  constructor(
    private readonly run: () => void,
    private readonly guarded: (run: () => void) => void,
  ) {}

  /** Runs when the messages that wait have been read. */
  request(): void {
    if (this.requested) return;
    this.requested = true;
    this.next = setImmediate(() => this.guarded(() => this.runRequested()));
  }

  /** Runs right after `before`, for what was requested until then. Throws what they throw; then it is over. */
  runAfter(before: () => void): void {
    clearImmediate(this.next);
    this.requested = true;
    before();
    this.runRequested();
  }

  private runRequested(): void {
    this.requested = false;
    this.run();
  }
}
