import { parseArgs } from 'node:util';
import { LOCK_CHECK_DEFAULTS, type LockCheckOptions } from './lock-history.js';

export type Command =
  | { readonly kind: 'check'; readonly file: string; readonly options: LockCheckOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly reason: string };

const { clock, stepsMax } = LOCK_CHECK_DEFAULTS;

export const USAGE = `Whether a history of locks is linearizable, and keeps to the times of leases.

  node scripts/check-history.mjs history.jsonl

  --clock-rate ${clock.rateMax}   how much faster than the clients' clock a leader's may run
  --slack-ms ${clock.slackMs}        how much earlier than it should a leader may read its clock
  --steps-max ${stepsMax}  steps of the search, for each lock, after which it gives up

Ends with 0 when it is, 1 when it is not, 2 when it cannot be read, 3 when that is undecided.
`;

export function readCommandLine(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        'clock-rate': { type: 'string', default: String(clock.rateMax) },
        'slack-ms': { type: 'string', default: String(clock.slackMs) },
        'steps-max': { type: 'string', default: String(stepsMax) },
        help: { type: 'boolean', default: false },
      },
      strict: true,
      allowPositionals: true,
    });
    const [file, ...others] = positionals;
    if (values.help || file === undefined) return { kind: 'help' };
    if (others.length > 0) return { kind: 'refused', reason: 'One history at a time.' };
    const rateMax = atLeast('--clock-rate', values['clock-rate'], 1);
    const slackMs = atLeast('--slack-ms', values['slack-ms'], 0);
    const steps = atLeast('--steps-max', values['steps-max'], 1);
    const options = { clock: { rateMax, slackMs }, stepsMax: Math.floor(steps) };
    return { kind: 'check', file, options };
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
}

function atLeast(name: string, text: string, min: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= min) return value;
  throw new Error(`${name} wants a number of ${min} or more, not '${text}'.`);
}
