import { HONEST_PARTS, type Parts } from '../node/parts.js';
import type { RunOptions } from '../simulation.js';
import { deposedLeaders, slowClaims } from './circumstances.js';
import { BargingMachine } from './locks/barging-machine.js';
import { EarlyLeasesMachine, RetryingMachine } from './locks/hasty-expiries.js';
import { LosingMachine } from './locks/losing-machine.js';
import { ReaderFirstMachine } from './locks/reader-first-machine.js';
import { UnconfirmingMachine } from './locks/unconfirmed-claims.js';
import { EARLY_END, type Mutants } from './mutant.js';

/** Lock machines that do something behind the back of the production one. */
export const LOCK_MUTANTS: Mutants = {
  'lost waiter on a change of leader': {
    broken: /no waiter is lost silently/,
    seed: 2,
    run: machine(() => new LosingMachine()),
  },
  'queue barging': {
    broken: /who comes waits behind the others/,
    seed: 2,
    run: machine(() => new BargingMachine()),
  },
  'readers granted past waiting writers': {
    broken: /nobody is granted a lock past an earlier waiter|every deadlock is found/,
    seed: 2,
    run: machine(() => new ReaderFirstMachine()),
  },
  'expiry by a deposed leader': {
    broken: EARLY_END,
    seed: 15,
    run: { ...machine(() => new RetryingMachine()), adjust: deposedLeaders },
  },
  'leases that a new leader does not begin anew': {
    broken: EARLY_END,
    seed: 4,
    run: machine(() => new EarlyLeasesMachine()),
  },
  'a claim believed without being confirmed': {
    broken: EARLY_END,
    seed: 2,
    run: { ...machine(() => new UnconfirmingMachine()), adjust: slowClaims },
  },
};

function machine(lockMachine: Parts['lockMachine']): Omit<RunOptions, 'seed'> {
  return { parts: { ...HONEST_PARTS, lockMachine } };
}
