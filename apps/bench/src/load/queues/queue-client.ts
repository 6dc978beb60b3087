/** Messages that a client has received, as it must show them to acknowledge them. */
export interface Delivered {
  readonly bodies: readonly unknown[];
  /** What the system's client needs besides. */
  readonly handle: unknown;
}

/** One user of a queue; every call throws when it did not succeed. */
export interface QueueClient {
  /** Resolves when all of them are acknowledged by the system. */
  publish(topic: string, bodies: readonly unknown[]): Promise<void>;
  /** Up to `max` messages; none when there are none for `waitMs` (or the system's least). */
  receive(topic: string, max: number, waitMs: number): Promise<Delivered>;
  ack(topic: string, delivered: Delivered): Promise<void>;
  close(): Promise<void>;
}
