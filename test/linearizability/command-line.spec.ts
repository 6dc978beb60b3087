import { readCommandLine } from './command-line.js';
import { LOCK_CHECK_DEFAULTS } from './lock-history.js';

describe('The command line of the checker', () => {
  it('names a history, and how far clocks may be wrong', () => {
    expect(readCommandLine(['h.jsonl'])).toEqual({
      kind: 'check',
      file: 'h.jsonl',
      options: LOCK_CHECK_DEFAULTS,
    });
    const args = ['h.jsonl', '--clock-rate', '1.01', '--slack-ms', '0', '--steps-max', '99'];
    expect(readCommandLine(args)).toEqual({
      kind: 'check',
      file: 'h.jsonl',
      options: { clock: { rateMax: 1.01, slackMs: 0 }, stepsMax: 99 },
    });
  });

  it.each([
    [['a', 'b'], 'One history at a time.'],
    [['a', '--clock-rate', '0.9'], "--clock-rate wants a number of 1 or more, not '0.9'."],
    [['a', '--slack-ms', 'few'], "--slack-ms wants a number of 0 or more, not 'few'."],
  ])('is refused: %j', (args, reason) => {
    expect(readCommandLine(args)).toEqual({ kind: 'refused', reason });
  });

  it('is explained without a history', () => {
    expect(readCommandLine([])).toEqual({ kind: 'help' });
  });
});
