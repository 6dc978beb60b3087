import type { Instant, LeaderDuties, Notice, Term } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';

/** The production duties with something done differently. */
export class TamperedDuties implements LeaderDuties<LockEffect> {
  constructor(protected readonly inner: LeaderDuties<LockEffect>) {}

  start(term: Term, instant: Instant): void {
    this.inner.start(term, instant);
  }

  observe(effects: readonly LockEffect[], instant: Instant): void {
    this.inner.observe(effects, instant);
  }

  tick(instant: Instant): readonly unknown[] {
    return this.inner.tick(instant);
  }

  followUps(): readonly unknown[] {
    return this.inner.followUps();
  }

  refused(command: unknown): void {
    this.inner.refused(command);
  }

  request(request: unknown, instant: Instant): unknown {
    return this.inner.request(request, instant);
  }

  takeNotices(): readonly Notice[] {
    return this.inner.takeNotices();
  }

  stop(): void {
    this.inner.stop();
  }
}
