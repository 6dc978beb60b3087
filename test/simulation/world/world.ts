import { Coverage, type Situation } from './coverage.js';
import { EventHeap } from './event-heap.js';
import type { Trace } from './trace.js';

/** Virtual time and everything that will happen in it, in one order. */
export class World {
  readonly coverage = new Coverage();
  private readonly heap = new EventHeap();
  private readonly notes: string[] = [];
  private sequence = 0;
  private _nowUs = 0;
  private _step = 0;

  constructor(readonly trace: Trace) {}

  /** Microseconds since the start of the run. */
  get nowUs(): number {
    return this._nowUs;
  }

  /** Events that have happened, the present one included. */
  get step(): number {
    return this._step;
  }

  schedule(delayUs: number, run: () => void): void {
    this.sequence += 1;
    const atUs = this._nowUs + Math.max(0, Math.floor(delayUs));
    this.heap.push({ atUs, sequence: this.sequence, run });
  }

  /** Lets the next event happen. @returns false when nothing is left to happen. */
  next(): boolean {
    const event = this.heap.pop();
    if (event === undefined) return false;
    this._nowUs = event.atUs;
    this._step += 1;
    event.run();
    return true;
  }

  /** Adds to the present event's line in the trace. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** Ends the present event's line; events that noted nothing leave none. */
  endLine(): void {
    if (this.notes.length === 0) return;
    this.trace.add(`${this._step} ${this._nowUs}us ${this.notes.join(' | ')}`);
    this.notes.length = 0;
  }

  met(situation: Situation): void {
    this.coverage.met(situation);
  }
}
