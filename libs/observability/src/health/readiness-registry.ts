import { Injectable } from '@nestjs/common';
import { invariant } from '@sinkron/invariant';
import { READINESS_CHECKS_MAX } from '../limits.js';

/** `degraded` serves, but not as well as it should. */
export interface Readiness {
  readonly status: 'up' | 'down' | 'degraded';
  /** One sentence for people. */
  readonly detail?: string;
}

/** Says at once whether a part of the node can serve; it must neither wait nor throw. */
export type ReadinessCheck = () => Readiness;

/** What the node must have before it is ready; each part adds its own checks as it starts. */
@Injectable()
export class ReadinessRegistry {
  private readonly checks = new Map<string, ReadinessCheck>();

  /** @param name unique in the node, for example `coordination`. */
  register(name: string, check: ReadinessCheck): void {
    invariant(!this.checks.has(name), 'ReadinessRegistry: names are unique', { name });
    invariant(
      this.checks.size < READINESS_CHECKS_MAX,
      'ReadinessRegistry: checks <= READINESS_CHECKS_MAX',
    );
    this.checks.set(name, check);
  }

  /** All checks by name, in the order of registration. */
  all(): ReadonlyMap<string, ReadinessCheck> {
    return this.checks;
  }
}
