export { LOCK_MACHINE, LockMachine } from './machine/lock-machine.js';
export { LockingModule } from './locking.module.js';
export { LocksService, type Outcome, type ReadOptions } from './locks.service.js';
