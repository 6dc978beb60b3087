/** Two clocks read together by the driver as it hands an input over. */
export interface Instant {
  /** Monotonic milliseconds since an arbitrary start; leases are compared with it. */
  readonly monotonicMs: number;
  /** Wall clock, milliseconds of Unix time; only ever reported to the leader for log time. */
  readonly wallMs: number;
}
