import { invariant } from '@sinkron/invariant';
import { DiskFailure } from '../disk/disk-failure.js';
import type { Machine } from './machine.js';
import { NodeProcess } from './node-process.js';
import type { Surroundings } from './surroundings.js';

/** A node: a machine, and the process on it while one runs. */
export class SimulatedNode {
  process: NodeProcess | null = null;
  /** Told when a process has stopped by itself. */
  onStopped: () => void = () => {};
  private boots = 0;
  /** Ends the process that has been told to stop. */
  private stopping: (() => void) | null = null;

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

  /** Whether a voter of this node has lost what it promised to keep: its disks do not count. */
  get corrupted(): boolean {
    const { log, state } = this.machine.disks;
    return log.corrupted || state.corrupted;
  }

  /** No process runs afterwards when its disks cannot be trusted. */
  start(): void {
    invariant(this.process === null, 'SimulatedNode: one process at a time', { id: this.id });
    const { world } = this.around;
    this.boots += 1;
    world.note(`${this.id} starts`);
    const { log, state } = this.machine.disks;
    log.onFailed = (failure) => this.failed(failure);
    state.onFailed = (failure) => this.failed(failure);
    try {
      this.process = new NodeProcess(this.machine, this.around, this.boots, (failure) =>
        this.failed(failure),
      );
    } catch (error) {
      if (!(error instanceof DiskFailure)) throw error;
      world.note(`${this.id} refuses to start: ${error.message}`);
      world.met('start refused on a corrupted disk');
    }
  }

  /** The power fails: the process is gone, and so is what its disks had not flushed. */
  crash(): void {
    const { process } = this;
    invariant(process !== null, 'SimulatedNode: a running process crashes', { id: this.id });
    const { world } = this.around;
    world.note(`${this.id} crashes`);
    if (this.leads) world.met('leader crashed');
    if (this.leads && process.driver.raft.members.outgoingVoters.length > 0) {
      world.met('joint configuration interrupted by a crash');
    }
    this.end(process);
  }

  /**
   * SIGTERM: the waiting requests are answered, the leadership is handed over, and what is under way
   * to the disk gets there. @param stopped called when the process is gone.
   */
  stop(stopped: () => void): void {
    const { process } = this;
    invariant(process !== null, 'SimulatedNode: a running process stops', { id: this.id });
    this.around.world.note(`${this.id} is told to stop`);
    const gone = (): void => {
      if (this.process !== process) return;
      this.around.world.note(`${this.id} stops`);
      this.machine.disks.log.settle();
      this.end(process);
      stopped();
    };
    this.stopping = gone;
    process.handOver(gone);
  }

  /** A process that has been told to stop is gone now, whatever it still waits for. */
  finishStop(): void {
    this.stopping?.();
  }

  /** The disks are lost, and empty ones are in their place: the node is another replica. */
  replaceDisks(): void {
    const { process, machine } = this;
    const { world, checks } = this.around;
    world.met('disks replaced');
    if (process !== null) this.end(process);
    machine.replaceDisks();
    checks.replicas.keeps(machine.replica, machine.disks.log);
    world.note(`${this.id} has empty disks: ${machine.replica}`);
  }

  private failed(failure: DiskFailure): void {
    const { process } = this;
    const { world } = this.around;
    if (process === null) return;
    world.note(`${this.id} stops: ${failure.message}`);
    const error = failure.kind === 'error';
    world.met(error ? 'node stopped by an I/O error' : 'node stopped by a corrupted record');
    this.end(process);
    this.onStopped();
  }

  private end(process: NodeProcess): void {
    this.process = null;
    this.stopping = null;
    this.machine.disks.log.crash();
    this.machine.disks.state.crash();
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
