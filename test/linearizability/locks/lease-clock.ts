/** How far the clocks of the cluster and of the history can be apart. */
export interface LeaseClock {
  /** How much faster than the history's clock a leader's may run; at least 1. */
  readonly rateMax: number;
  /** How much earlier than it should a leader may read its clock, milliseconds. */
  readonly slackMs: number;
}

/** The least time, on the history's clock, that a lease or a rest of this length takes. */
export function leastMs({ rateMax, slackMs }: LeaseClock, lengthMs: number): number {
  return Math.max(0, lengthMs / rateMax - slackMs);
}
