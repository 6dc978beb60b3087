import {
  readKeepAlive,
  readLeaseRenewal,
  type KeepAlive,
  type RenewResult,
} from '@sinkron/locking';
import type { Answer, Gateway, MachineCommand } from './gateway.js';

/** Pause before a renewal that met an expiring lease asks again, microseconds. */
const EXPIRING_RETRY_US = 10_000;

type Expiring = { readonly status: 'expiring' };

/** Renewals and keep-alives of a node's clients: as LocksService and SessionsService do them. */
export class LeaseCalls {
  constructor(
    private readonly gateway: Gateway,
    private readonly port: { nowUs(): number; after(delayUs: number, run: () => void): void },
  ) {}

  /** In the leader's memory, or through the log for another length or an Idempotency-Key. */
  renew(command: MachineCommand, done: (answer: Answer) => void): void {
    if (command.idempotency !== null) return this.gateway.execute(command, done);
    this.ask(
      command,
      (result): RenewResult | Expiring | 'ttl-differs' => {
        const renewal = readLeaseRenewal(result);
        return renewal.status === 'ttl-differs' ? renewal.status : renewal;
      },
      (answer, renewal) => {
        if (renewal === 'ttl-differs') return this.gateway.execute(command, done);
        done(answer);
      },
    );
  }

  keepAlive(request: Omit<MachineCommand, 'idempotency'>, done: (answer: Answer) => void): void {
    this.ask(request, (result): KeepAlive => readKeepAlive(result), done);
  }

  /** Asks the leader's memory until no expiry is being decided. */
  private ask<Read extends { readonly status: string } | string>(
    { machine, body, deadlineUs }: Omit<MachineCommand, 'idempotency'>,
    read: (result: unknown) => Read,
    done: (answer: Answer, read: Read | null) => void,
  ): void {
    this.gateway.request(machine, body, deadlineUs, (answer) => {
      if (answer.kind !== 'read') return done(answer, null);
      const result = read(answer.result);
      if (typeof result === 'string' || result.status !== 'expiring') return done(answer, result);
      if (deadlineUs - this.port.nowUs() <= EXPIRING_RETRY_US) {
        return done({ kind: 'notDone' }, null);
      }
      this.port.after(EXPIRING_RETRY_US, () => this.ask({ machine, body, deadlineUs }, read, done));
    });
  }
}
