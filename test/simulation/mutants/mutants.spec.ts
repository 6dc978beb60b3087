import { playBatch } from '../batch.js';
import { MUTANTS } from './mutants.js';

/** Seeds within which every deliberate bug must show. */
const SEEDS_MAX = 100;

describe('The checks catch', () => {
  it.each(Object.entries(MUTANTS))(
    '%s',
    (_name, { broken, run }) => {
      const report = playBatch({ from: 1, seeds: SEEDS_MAX, run, ran: () => {} });
      expect(report.failed?.failure?.error.message).toMatch(broken);
    },
    120_000,
  );
});
