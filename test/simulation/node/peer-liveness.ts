import type { Clock, Liveness } from '@sinkron/consensus';

/** What a process hears of the others: any packet counts, as the pings of the transport do. */
export class PeerLiveness implements Liveness {
  private readonly heard = new Map<string, { boot: number; incarnation: string; atMs: number }>();

  constructor(
    private readonly own: { readonly nodeId: string; readonly incarnation: string },
    private readonly clock: Clock,
  ) {}

  hear(nodeId: string, boot: number, incarnation: string): void {
    const known = this.heard.get(nodeId);
    // A late packet of a process that is gone; a connection would have broken with it.
    if (known !== undefined && known.boot > boot) return;
    this.heard.set(nodeId, { boot, incarnation, atMs: this.clock.now().monotonicMs });
  }

  incarnation(nodeId: string): string | null {
    if (nodeId === this.own.nodeId) return this.own.incarnation;
    return this.heard.get(nodeId)?.incarnation ?? null;
  }

  silenceMs(nodeId: string): number | null {
    if (nodeId === this.own.nodeId) return 0;
    const known = this.heard.get(nodeId);
    return known === undefined ? null : this.clock.now().monotonicMs - known.atMs;
  }
}
