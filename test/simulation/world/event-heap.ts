/** Something that will happen at a point of virtual time. */
export interface Event {
  /** Microseconds since the start of the run. */
  readonly atUs: number;
  /** Breaks ties: of two events of one instant, the one scheduled first happens first. */
  readonly sequence: number;
  readonly run: () => void;
}

/** Events by (time, sequence): a binary heap, so that their order never depends on the engine. */
export class EventHeap {
  private readonly events: Event[] = [];

  get size(): number {
    return this.events.length;
  }

  push(event: Event): void {
    const { events } = this;
    let at = events.length;
    events.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent];
      if (above === undefined || !before(event, above)) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }

  pop(): Event | undefined {
    const { events } = this;
    const first = events[0];
    const last = events.pop();
    if (first === undefined || last === undefined || events.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.lesserChild(at);
      const below = events[child];
      if (below === undefined || !before(below, last)) break;
      events[at] = below;
      at = child;
    }
    events[at] = last;
    return first;
  }

  private lesserChild(at: number): number {
    const left = 2 * at + 1;
    const leftEvent = this.events[left];
    const rightEvent = this.events[left + 1];
    if (leftEvent === undefined || rightEvent === undefined) return left;
    return before(rightEvent, leftEvent) ? left + 1 : left;
  }
}

function before(left: Event, right: Event): boolean {
  if (left.atUs !== right.atUs) return left.atUs < right.atUs;
  return left.sequence < right.sequence;
}
