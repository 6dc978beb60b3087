/** The connection of one request; its client may go before the answer. */
export class ClientLine {
  private listeners: (() => void)[] = [];
  private left = false;

  get gone(): boolean {
    return this.left;
  }

  onGone(listener: () => void): void {
    this.listeners.push(listener);
  }

  leave(): void {
    if (this.left) return;
    this.left = true;
    for (const listener of this.listeners.splice(0)) listener();
  }
}
