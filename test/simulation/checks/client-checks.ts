import type { Applied } from '@sinkron/consensus';
import { ExactlyOnce } from '../invariants/exactly-once.js';
import { FencingTokens } from '../invariants/fencing-tokens.js';
import { MutualExclusion } from '../invariants/mutual-exclusion.js';
import { ReadFreshness } from '../invariants/read-freshness.js';
import type { LockEffect } from '../workload/lock-protocol.js';
import type { World } from '../world/world.js';

/** What must hold for the clients of the locks, and between what they are told and the log. */
export class ClientChecks {
  readonly exclusion = new MutualExclusion();
  readonly tokens = new FencingTokens();
  readonly commands = new ExactlyOnce();
  readonly reads = new ReadFreshness();

  constructor(private readonly world: World) {}

  /** The lock machine of the first of all replicas applied a command. */
  applied(command: unknown, applied: Applied<LockEffect>, index: number): void {
    const operation = operationOf(command);
    if (operation !== null) {
      this.commands.applied({ operation, index, remembered: applied.remember });
    }
    for (const effect of applied.effects) {
      const { name, token } = effect;
      switch (effect.kind) {
        case 'granted':
          if (effect.holds === 1) this.tokens.granted(token, index);
          this.reads.changed(name, { index, token });
          break;
        case 'released':
          if (effect.holds === 0) this.reads.changed(name, { index, token: null });
          break;
        case 'expired':
          this.world.met('lease expired');
          this.reads.changed(name, { index, token: null });
          break;
        case 'renewed':
          break;
      }
    }
  }
}

/** Clients number their operations in the command; the leader's own commands have no number. */
function operationOf(command: unknown): number | null {
  if (typeof command !== 'object' || command === null || !('operation' in command)) return null;
  return typeof command.operation === 'number' ? command.operation : null;
}
