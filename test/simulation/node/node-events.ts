import type { World } from '../world/world.js';

interface Waiting {
  readonly kind: 'tick' | 'other';
  readonly run: () => void;
}

/**
 * The event loop of one process: its events happen in virtual time while it runs, wait while it is
 * stopped (SIGSTOP), and never happen once it is gone.
 */
export class NodeEvents {
  private resumesAtUs = 0;
  private ended = false;
  private waiting: Waiting[] = [];

  /**
   * @param happened called after every event of the process. @param failed gets what an event threw;
   * it ends the process, or throws on what no process ends with.
   */
  constructor(
    private readonly world: World,
    private readonly happened: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** Whether the process is stopped at this instant. */
  get stopped(): boolean {
    return this.world.nowUs < this.resumesAtUs;
  }

  after(delayUs: number, run: () => void, kind: Waiting['kind'] = 'other'): void {
    this.world.schedule(delayUs, () => this.now(run, kind));
  }

  /** Something reaches the process at this instant. */
  now(run: () => void, kind: Waiting['kind'] = 'other'): void {
    if (this.ended) return;
    if (this.stopped) {
      this.waiting.push({ run, kind });
      return;
    }
    try {
      run();
    } catch (error) {
      return this.failed(error);
    }
    if (!this.ended) this.happened();
  }

  pause(durationUs: number): void {
    const resumesAtUs = this.world.nowUs + durationUs;
    if (resumesAtUs <= this.resumesAtUs) return;
    this.resumesAtUs = resumesAtUs;
    this.world.schedule(durationUs, () => {
      if (!this.stopped) this.resume();
    });
  }

  /** What waited happens in its order, but one tick after all else: missed ones are not made up. */
  resume(): void {
    this.resumesAtUs = 0;
    const waiting = this.waiting.splice(0);
    const ticks = waiting.filter(({ kind }) => kind === 'tick').slice(0, 1);
    const others = waiting.filter(({ kind }) => kind === 'other');
    for (const { run, kind } of [...others, ...ticks]) this.after(0, run, kind);
  }

  /** The process is gone. */
  end(): void {
    this.ended = true;
    this.waiting = [];
  }
}
