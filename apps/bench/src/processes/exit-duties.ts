/** What must be done when the bench ends, however it ends; synchronous. */
export class ExitDuties {
  private readonly duties = new Set<() => void>();

  /** @returns takes the duty back. */
  add(duty: () => void): () => void {
    this.duties.add(duty);
    return () => {
      this.duties.delete(duty);
    };
  }

  /** The youngest first: a process is killed before its folder is removed. */
  run(): void {
    for (const duty of [...this.duties].toReversed()) duty();
    this.duties.clear();
  }
}
