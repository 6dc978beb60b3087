import type { LockEffect } from '@sinkron/locking';
import type { LockPicture } from '../../checks/lock-picture.js';
import { CLOCK_RATE_MAX } from '../../world/machine-clock.js';
import { expectPromise } from '../../world/violation.js';

/** A lock whose holder failed rests for its whole delay, unless an operator ends that. */
export function expectDelayKept(
  picture: LockPicture,
  effect: LockEffect,
  { nowUs, broken }: { readonly nowUs: number; readonly broken: boolean },
): void {
  if (effect.kind === 'granted' && !effect.reentrant) {
    const delay = picture.delays.get(effect.name);
    expectPromise(delay === undefined, 'a resting lock is granted to nobody', { effect, delay });
  }
  if (effect.kind !== 'delay-ended' || broken) return;
  const delay = picture.delays.get(effect.name);
  expectPromise(delay !== undefined, 'a rest that ends has begun', { effect });
  const { delayMs, sinceUs } = delay;
  expectPromise(
    nowUs - sinceUs >= (delayMs * 1000) / CLOCK_RATE_MAX - 1,
    'a lock rests for its whole delay',
    { name: effect.name, delayMs, sinceUs, nowUs },
  );
}
