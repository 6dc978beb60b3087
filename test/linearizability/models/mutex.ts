import type { SequentialModel } from '../operation.js';

export interface MutexInput {
  readonly kind: 'lock' | 'unlock';
  readonly owner: string;
}

export type MutexOutput = 'done' | 'refused';

/** A lock without a queue: who holds it, or null. */
export const MUTEX: SequentialModel<string | null, MutexInput, MutexOutput> = {
  initial: () => null,
  step(state, { kind, owner }, output) {
    const can = kind === 'lock' ? state === null : state === owner;
    if (output !== null && (output === 'done') !== can) return [];
    if (!can) return [state];
    return [kind === 'lock' ? owner : null];
  },
  identify: String,
};
