import type { Instant, ReplicatedMachine } from '@sinkron/consensus';
import type { LockRecord } from '../../linearizability/lock-history.js';
import { ClientChecks } from '../checks/client-checks.js';
import { expectAgreement, type SettledReplica } from '../checks/replica-agreement.js';
import { ObservedMachine } from '../node/observed-machine.js';
import type { Parts } from '../node/parts.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import type { World } from '../world/world.js';
import { LockClient } from './lock-client.js';
import type { Workload } from './workload.js';
import type { WorkloadOptions } from './workload-options.js';

/** Clients of locks. */
export class LockWorkload implements Workload {
  readonly serves = 'locks';
  private readonly checks: ClientChecks;
  private clients: readonly LockClient[] = [];
  /** Sees whether the cluster serves again. */
  private watcher: LockClient | null = null;
  private begun = 0;

  constructor(
    private readonly world: World,
    private readonly parts: Parts,
    private readonly options: WorkloadOptions,
    private readonly random: Prng,
  ) {
    this.checks = new ClientChecks(world);
  }

  machine(isFirst: (index: number) => boolean): ReplicatedMachine {
    return new ObservedMachine(this.parts.lockMachine(), (observation) => {
      if (isFirst(observation.context.index)) this.checks.applied(observation);
    });
  }

  installed(): void {}

  start(nodes: readonly SimulatedNode[]): void {
    const { world, checks, options } = this;
    const nextOperation = (): number => {
      this.begun += 1;
      return this.begun;
    };
    const around = { world, checks, nodes, options, nextOperation };
    const random = this.random.fork('clients');
    this.clients = Array.from({ length: options.clients }, (_, position) => {
      const owner = `client-${position + 1}`;
      const home = `n${(position % nodes.length) + 1}`;
      return new LockClient(owner, home, around, random.fork(owner));
    });
    this.watcher = new LockClient('watcher', 'n1', around, this.random.fork('watcher'));
    for (const client of this.clients) client.work();
  }

  stop(): void {
    for (const client of this.clients) client.stop();
  }

  get busy(): readonly string[] {
    return this.clients.filter((client) => client.busy).map((client) => client.owner);
  }

  get operations(): number {
    return this.begun;
  }

  watch(deadlineUs: number, answered: (answered: boolean) => void, tries: number): void {
    this.watcher?.stop();
    this.watcher?.probe(deadlineUs, answered, tries);
  }

  probe(deadlineUs: number, answered: (client: string, answered: boolean) => void): number {
    for (const client of this.clients) {
      client.probe(deadlineUs, (done) => answered(client.owner, done));
    }
    return this.clients.length;
  }

  /** Waiters, rests, sessions, and holds but those of the probes. */
  leftovers(): unknown {
    const { waiters, holds, delays, sessions } = this.checks.locks.picture;
    const held = [...holds.values()].filter(({ name }) => !name.startsWith('probe '));
    if (waiters.size + held.length + delays.size + sessions.size === 0) return null;
    return {
      waiters: [...waiters.values()].map(({ waiterId, party }) => [waiterId, party]),
      held: held.map(({ name, party, token }) => [name, party, token]),
      delays: [...delays.keys()],
      sessions: [...sessions],
    };
  }

  finished(replicas: readonly SettledReplica[], instant: Instant): void {
    this.checks.commands.finished();
    this.checks.history.finished();
    expectAgreement(replicas, instant);
  }

  get history(): readonly LockRecord[] {
    return this.checks.history.records;
  }
}
