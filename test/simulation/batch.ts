import { Simulation, type RunOptions, type RunReport } from './simulation.js';
import { Coverage } from './world/coverage.js';

/** Seeds of a batch that are run twice, to see that the same seed gives the same run. */
const REPEATED_SEEDS = 5;

/** Fewer seeds need not meet every situation. */
export const COVERING_SEEDS_MIN = { locks: 50, queues: 40 } as const;

export interface BatchOptions {
  readonly from: number;
  readonly seeds: number;
  /** What all runs have besides their seed. */
  readonly run?: Omit<RunOptions, 'seed'>;
  /** Called after every run. */
  readonly ran: (report: RunReport) => void;
}

/** How a batch of runs went. */
export interface BatchReport {
  readonly runs: number;
  readonly steps: number;
  readonly operations: number;
  readonly coverage: Coverage;
  /** The run that broke a promise; the batch ends with it. */
  readonly failed: RunReport | null;
  /** A seed whose two runs differ: something that is not drawn from the seed plays in. */
  readonly unrepeatable: number | null;
}

/** Runs seeds one after the other until one fails. */
export function playBatch({ from, seeds, run, ran }: BatchOptions): BatchReport {
  const coverage = new Coverage();
  const total = { runs: 0, steps: 0, operations: 0 };
  for (let seed = from; seed < from + seeds; seed += 1) {
    const options = { ...run, seed };
    const report = new Simulation(options).play();
    ran(report);
    total.runs += 1;
    total.steps += report.steps;
    total.operations += report.operations;
    coverage.add(report.coverage);
    if (report.failure !== null) return { ...total, coverage, failed: report, unrepeatable: null };
    if (seed - from >= REPEATED_SEEDS) continue;
    const again = new Simulation(options).play();
    if (again.traceHash !== report.traceHash) {
      return { ...total, coverage, failed: null, unrepeatable: seed };
    }
  }
  return { ...total, coverage, failed: null, unrepeatable: null };
}
