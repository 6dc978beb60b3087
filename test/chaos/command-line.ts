import { parseArgs } from 'node:util';
import { MINUTES_MAX } from './limits.js';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly nodes: number;
  /** Folder of the report; null: one of its own under .chaos. */
  readonly report: string | null;
  /** The server to run; null: this tree's build. */
  readonly server: string | null;
  /** Whether what the nodes have stored is kept after a run without violations, too. */
  readonly keep: boolean;
}

export type Command =
  | { readonly kind: 'run'; readonly options: ChaosOptions }
  /** Only what a run has recorded of queues. */
  | { readonly kind: 'check'; readonly folder: string }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

export const USAGE = `A real cluster under faults and load; every answer is checked.

  npm run chaos -- --minutes 5              faults drawn from a random seed, which is printed
  npm run chaos -- --minutes 5 --seed 42    the same faults at the same times
    --nodes 3|4|5      (3)
    --report <folder>  (.chaos/seed-<N>)
    --server <file>    another build's main.js
    --keep             keep what the nodes have stored
  npm run chaos -- --check <folder>         the history of queues in a report's folder once more
`;

const NODES = new Set([3, 4, 5]);
const SEED_MAX = 2 ** 32;

/** @param randomSeed for a run that names none. */
export function readCommandLine(args: readonly string[], randomSeed: number): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string' },
        nodes: { type: 'string', default: '3' },
        report: { type: 'string' },
        server: { type: 'string' },
        keep: { type: 'boolean', default: false },
        check: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      strict: true,
      allowPositionals: false,
    });
    if (values.help) return { kind: 'help' };
    if (values.check !== undefined) return { kind: 'check', folder: values.check };
    const minutes = Number(values.minutes);
    if (!(minutes > 0 && minutes <= MINUTES_MAX)) {
      return refused(`--minutes wants a number above 0, at most ${MINUTES_MAX}`);
    }
    const nodes = Number(values.nodes);
    if (!NODES.has(nodes)) return refused(`--nodes wants 3, 4 or 5, not '${values.nodes}'`);
    const seed = values.seed === undefined ? randomSeed : Number(values.seed);
    if (!Number.isInteger(seed) || seed < 0 || seed >= SEED_MAX) {
      return refused(`--seed wants a natural number below 2^32, not '${values.seed ?? ''}'`);
    }
    const { report = null, server = null, keep } = values;
    return { kind: 'run', options: { minutes, seed, nodes, report, server, keep } };
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(reason: string): Command {
  return { kind: 'refused', reason };
}
