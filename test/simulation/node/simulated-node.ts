import { invariant } from '@sinkron/invariant';
import type { Machine } from './machine.js';
import { NodeProcess } from './node-process.js';
import type { Surroundings } from './surroundings.js';

/** A node: a machine, and the process on it while one runs. */
export class SimulatedNode {
  process: NodeProcess | null = null;
  private boots = 0;

  constructor(
    readonly machine: Machine,
    private readonly around: Surroundings,
  ) {
    around.network.attach(machine.nodeId, (from, bytes) => this.process?.receive(from, bytes));
  }

  get id(): string {
    return this.machine.nodeId;
  }

  get leads(): boolean {
    return this.process?.driver.raft.roleName === 'leader';
  }

  start(): void {
    invariant(this.process === null, 'SimulatedNode: one process at a time', { id: this.id });
    this.boots += 1;
    this.around.world.note(`${this.id} starts`);
    this.process = new NodeProcess(this.machine, this.around, this.boots);
  }

  /** The power fails: the process is gone, and so is what its disks had not flushed. */
  crash(): void {
    const { process } = this;
    invariant(process !== null, 'SimulatedNode: a running process crashes', { id: this.id });
    const { world } = this.around;
    world.note(`${this.id} crashes`);
    if (this.leads) world.met('leader crashed');
    this.process = null;
    this.machine.logDisk.crash();
    this.machine.stateDisk.crash();
    process.end();
  }

  pause(durationUs: number): void {
    const { world } = this.around;
    world.note(`${this.id} pauses for ${durationUs}us`);
    if (this.leads) world.met('leader paused');
    this.machine.clock.paused(world.nowUs + durationUs);
    this.process?.events.pause(durationUs);
  }
}
