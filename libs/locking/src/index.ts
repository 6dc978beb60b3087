export { LOCK_MACHINE, LockMachine } from './machine/lock-machine.js';
export { LockingModule } from './locking.module.js';
export { LocksService, type Outcome, type ReadOptions } from './locks.service.js';

// The vocabulary and the pure core of waiting, for whoever drives them without a network.
export type { LockCommand } from './core/commands/lock-command.js';
export type { LockEffect } from './core/commands/lock-effect.js';
export type { Claim, KeepAlive } from './core/commands/lock-request.js';
export type { AcquireResult, Grant, RenewResult } from './core/commands/lock-result.js';
export { readNotice } from './core/commands/reading/read-request.js';
export {
  readAcquireResult,
  readCancelResult,
  readClaims,
  readCreateSessionResult,
  readEndSessionResult,
  readKeepAlive,
  readLeaseRenewal,
  readReleaseResult,
  readRenewResult,
} from './core/commands/reading/read-result.js';
export { readLockView } from './core/commands/reading/read-view.js';
export type { QueuedCall, WaitEnd } from './waiting/core/queued-call.js';
export type { CancelOutcome, RoomOutput } from './waiting/core/room-output.js';
export { WaitingRoom } from './waiting/core/waiting-room.js';
