import type { HolderIdentity, LockMode } from '../table/lock.js';

interface EffectOnHold extends HolderIdentity {
  readonly name: string;
  readonly mode: LockMode;
  readonly token: number;
}

/** A grant; `holds` above 1 marks a re-entrant one, whose token is the old one. */
export interface GrantedEffect extends EffectOnHold {
  readonly kind: 'granted';
  readonly holds: number;
  readonly ttlMs: number;
  readonly leaseIndex: number;
}

/** A lease that began anew in the log, perhaps with another length. */
export interface RenewedEffect extends EffectOnHold {
  readonly kind: 'renewed';
  readonly ttlMs: number;
  readonly leaseIndex: number;
}

/** A hold given back; the lock is free at `holds` 0. */
export interface ReleasedEffect extends EffectOnHold {
  readonly kind: 'released';
  readonly holds: number;
}

/** A hold whose lease ended. */
export interface ExpiredEffect extends EffectOnHold {
  readonly kind: 'expired';
}

/** What an applied command changed. */
export type LockEffect = GrantedEffect | RenewedEffect | ReleasedEffect | ExpiredEffect;
