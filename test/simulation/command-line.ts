import { parseArgs } from 'node:util';
import type { Workload } from './workload/workload.js';

export type Command =
  | {
      readonly kind: 'one';
      readonly serves: Workload['serves'];
      readonly seed: number;
      readonly trace: boolean;
    }
  | {
      readonly kind: 'batch';
      readonly serves: Workload['serves'];
      readonly from: number;
      readonly seeds: number;
    }
  | { readonly kind: 'mutants' }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

export const USAGE = `Whole clusters in virtual time, every run drawn from its seed.

  npm run sim -- --seed 42            one run, with a summary
  npm run sim -- --seed 42 --trace    and every event
  npm run sim -- --seeds 50           seeds 1 to 50, which must meet every situation there is
  npm run sim -- --seeds 50 --from 7  seeds 7 to 56
  npm run sim -- --queues --seed 42   the same with clients of queues in place of locks; so --seeds
  npm run sim -- --mutants            hunts every deliberate bug, and writes docs/mutants.md
`;

export function readCommandLine(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        from: { type: 'string', default: '1' },
        trace: { type: 'boolean', default: false },
        queues: { type: 'boolean', default: false },
        mutants: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      strict: true,
      allowPositionals: false,
    });
    if (values.help) return { kind: 'help' };
    if (values.mutants) return { kind: 'mutants' };
    const serves = values.queues ? 'queues' : 'locks';
    if (values.seed !== undefined) {
      return { kind: 'one', serves, seed: natural('--seed', values.seed), trace: values.trace };
    }
    if (values.seeds === undefined) return { kind: 'help' };
    const from = natural('--from', values.from);
    return { kind: 'batch', serves, from, seeds: natural('--seeds', values.seeds) };
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}

function natural(name: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new Error(`${name} wants a natural number below 2^53, not '${text}'.`);
}
