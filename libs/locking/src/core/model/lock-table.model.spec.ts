import * as fc from 'fast-check';
import { actions } from './action.js';
import { ModelRun } from './model-run.js';
import { Tally } from './tally.js';

/** More sequences, or others: LOCK_MODEL_RUNS=20000 LOCK_MODEL_SEED=2 npm run unit -- … */
const RUNS = Number(process.env['LOCK_MODEL_RUNS'] ?? 300);
const SEED = Number(process.env['LOCK_MODEL_SEED'] ?? 1);

/** What the sequences must have met, or they prove too little. */
const MET = [
  'acquire: granted',
  'acquire: held',
  'acquire: queued',
  'acquire: deadlock',
  'acquire: session-not-found',
  'acquire: key-reused',
  'held by a delay',
  'long queue',
  'acquire of several: granted',
  'acquire of several: held',
  'acquire of several: queued',
  'acquire of several: deadlock',
  'several granted at once',
  'several granted after a wait',
  're-entrant at once',
  're-entrant after a wait',
  'covered entry waits elsewhere',
  'upgraded at once',
  'upgraded after a wait',
  'upgrade queued',
  'upgrade lost',
  'multi-lock passed',
  'several multi-locks passed',
  'removed from a cycle',
  'several waiters granted by one command',
  'settled grant',
  'graph reduced',
  'lock at rest',
  'release: released',
  'release: not-holder',
  'renew: renewed',
  'renew: not-holder',
  'cancel: cancelled',
  'cancel: granted',
  'cancel: released',
  'cancel: gone',
  'break: broken',
  'break: free',
  'create-session: exists',
  'end-session: ended',
  'expire: expired',
  'abandon: abandoned',
  'proposer closed',
  'sweep: swept',
  'reopened',
  'ended: released',
  'ended: session',
  'ended: expired',
  'ended: broken',
  'ended: cancelled',
  'ended: abandoned',
  'left by closing',
  'left by end-session',
];

describe('LockTable against the reference', () => {
  const tally = new Tally();

  it('does what the rules say, whatever the sequence of commands', () => {
    const property = fc.property(actions, (sequence) => {
      const run = new ModelRun(tally);
      for (const action of sequence) run.step(action);
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  }, 3_600_000);

  it('has met everything that it is about', () => {
    expect(MET.filter((what) => tally.count(what) === 0)).toEqual([]);
  });
});
