import type { LoadOutcome } from '../load/orders.js';

/** What one scenario gave with one system in one round, or at one kill. */
export interface Measurement {
  readonly scenario: string;
  readonly system: string;
  /** From 1. */
  readonly round: number;
  readonly result: MeasurementResult;
}

export type MeasurementResult =
  | {
      readonly kind: 'measured';
      readonly outcome: LoadOutcome;
      /** Cores that all servers of the system burnt together. */
      readonly serverCores: number;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
