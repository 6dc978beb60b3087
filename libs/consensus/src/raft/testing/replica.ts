import { invariant } from '@sinkron/invariant';
import type { Configuration } from '../core/membership/configuration.js';
import type { RaftWrite } from '../core/durable-state.js';
import type { Entry } from '../core/entry.js';
import { logIndex, replicaId, term, type ReplicaId, type WriteId } from '../core/identifiers.js';
import type { Instant } from '../core/instant.js';
import type { LogPoint } from '../core/log/log-point.js';
import { readId } from '../core/lease/read-queue.js';
import type { ChangeOutcome } from '../core/membership/members-change.js';
import type { Message } from '../core/message.js';
import type { OutgoingMessage } from '../core/outbox.js';
import type { Random } from '../core/role/election/election-timer.js';
import { Raft } from '../core/raft.js';
import type { Proposal } from '../core/role/leadership.js';
import { entriesOfTerms } from './entries.js';
import { MemoryDisk } from './memory-disk.js';

export const HEARTBEAT_MS = 100;
/** The shortest election timeout with this heartbeat. */
export const ELECTION_MS = 10 * HEARTBEAT_MS;
/** Where the clocks of a test start: any time will do, zero hides mistakes. */
export const START_MONOTONIC_MS = 50_000;
export const START_WALL_MS = 1_700_000_000_000;

export interface ReplicaSetup {
  readonly id?: string;
  readonly voters?: readonly string[];
  readonly outgoingVoters?: readonly string[];
  readonly learners?: readonly string[];
  readonly term?: number;
  readonly votedFor?: string | null;
  /** Terms of the entries found on the disk, from index 1 on. */
  readonly log?: readonly number[];
  readonly commitIndex?: number;
  /** False for a start that may follow a crash. */
  readonly formation?: boolean;
  /** Election timeouts in ticks, drawn in turn; the last one repeats. */
  readonly timeoutTicks?: readonly number[];
  readonly random?: Random;
}

export interface ReplicaOutput {
  readonly messages: readonly OutgoingMessage[];
  readonly write: RaftWrite | null;
}

/** One core on a disk and a clock of its own; its peers are played by the test. */
export class Replica {
  readonly id: ReplicaId;
  readonly disk: MemoryDisk;
  monotonicMs = START_MONOTONIC_MS;
  wallMs = START_WALL_MS;
  private core: Raft;

  constructor(private readonly setup: ReplicaSetup = {}) {
    this.id = replicaId(setup.id ?? '1');
    const votedFor = setup.votedFor ?? null;
    this.disk = new MemoryDisk(
      {
        term: term(setup.term ?? setup.log?.at(-1) ?? 0),
        votedFor: votedFor === null ? null : replicaId(votedFor),
      },
      entriesOfTerms(setup.log ?? []),
    );
    this.core = this.boot(setup.formation ?? true, setup.commitIndex ?? 0);
  }

  get raft(): Raft {
    return this.core;
  }

  get instant(): Instant {
    return { monotonicMs: this.monotonicMs, wallMs: this.wallMs };
  }

  /** Those that the setup names: they count until a configuration entry says otherwise. */
  get founders(): Configuration {
    return {
      voters: (this.setup.voters ?? ['1', '2', '3']).map(replicaId),
      outgoingVoters: (this.setup.outgoingVoters ?? []).map(replicaId),
      learners: (this.setup.learners ?? []).map(replicaId),
    };
  }

  /** Lets `elapsedMs` pass on both clocks. */
  pass(elapsedMs: number): void {
    this.monotonicMs += elapsedMs;
    this.wallMs += elapsedMs;
  }

  /** `times` ticks, one every `everyMs`. */
  tick(times = 1, everyMs = HEARTBEAT_MS): void {
    for (let tick = 0; tick < times; tick += 1) {
      this.pass(everyMs);
      this.core.tick(this.instant);
    }
  }

  receive(...messages: readonly Message[]): void {
    for (const message of messages) this.core.receive(message, this.instant);
  }

  propose(...commands: readonly string[]): Proposal {
    const encoder = new TextEncoder();
    return this.core.propose(
      commands.map((command) => encoder.encode(command)),
      this.instant,
    );
  }

  changeMembers(voters: readonly string[], learners: readonly string[] = []): ChangeOutcome {
    const change = { voters: voters.map(replicaId), learners: learners.map(replicaId) };
    return this.core.changeMembers(change, this.instant);
  }

  requestRead(id: number): 'waiting' | 'notLeader' | 'overloaded' {
    return this.core.requestRead(readId(id), this.instant);
  }

  leaseValid(): boolean {
    return this.core.leaseValidAt(this.instant);
  }

  /**
   * What the core wants done; the write is handed to the disk, which has not flushed it yet.
   * A driver that waits for an earlier flush lets its writes gather in the core.
   */
  output(writes: 'write' | 'gather' = 'write'): ReplicaOutput {
    const write = writes === 'write' ? this.core.takeWrite() : null;
    if (write !== null) this.disk.write(write);
    return { messages: this.core.takeMessages(), write };
  }

  /** The messages of `output`, without the writes they wait for. */
  messages(): readonly Message[] {
    return this.output().messages.map(({ message }) => message);
  }

  /** Flushes the oldest `count` writes that were handed over, and tells the core. */
  flush(count?: number): WriteId | null {
    const flushed = this.disk.flush(count);
    if (flushed !== null) this.core.persisted(flushed, this.instant);
    return flushed;
  }

  /** Hands over and flushes until nothing is left to write. @returns the messages that may leave. */
  settle(): readonly Message[] {
    const sent: Message[] = [];
    for (;;) {
      const { messages, write } = this.output();
      sent.push(...messages.map(({ message }) => message));
      if (write === null && this.disk.pendingCount === 0) return sent;
      this.flush();
    }
  }

  /** Crashes, losing what was not flushed, and starts again from the disk. */
  restart(
    commitIndex = 0,
    installed: LogPoint | null = null,
    members: Configuration = this.founders,
  ): void {
    this.disk.crash();
    this.core = this.boot(false, commitIndex, installed, members);
  }

  /** The entries that the log keeps. */
  log(): readonly Entry[] {
    return this.entriesFrom(1);
  }

  /** The entries from `index` on; none from before the log. */
  entriesFrom(index: number): readonly Entry[] {
    const found: Entry[] = [];
    const end = logIndex(this.core.lastIndex + 1);
    // One call ends where memory and disk meet.
    const start = Math.max(index, this.core.logBase.index + 1);
    for (let next = start; next < end; next = (found.at(-1)?.index ?? next) + 1) {
      found.push(...this.core.entries(logIndex(next), end, Number.POSITIVE_INFINITY));
    }
    return found;
  }

  terms(): readonly number[] {
    return this.log().map((entry) => entry.term);
  }

  private boot(
    formation: boolean,
    commitIndex: number,
    installed: LogPoint | null = null,
    members: Configuration = this.founders,
  ): Raft {
    const { hardState, base, lastIndex } = this.disk;
    return new Raft(
      {
        id: this.id,
        members,
        hardState,
        log: {
          baseIndex: base.index,
          baseTerm: base.term,
          baseTimeMs: base.timeMs,
          lastIndex,
          commitIndex: logIndex(commitIndex),
        },
        reader: this.disk,
        installed,
        random: this.setup.random ?? new FixedTimeouts(this.setup.timeoutTicks ?? [10]),
        heartbeatMs: HEARTBEAT_MS,
        formation,
      },
      this.instant,
    );
  }
}

/** Draws the given numbers in turn, then the last one for ever. */
export class FixedTimeouts implements Random {
  private drawn = 0;

  constructor(private readonly values: readonly number[]) {}

  integer(from: number, toExclusive: number): number {
    const value = this.values[Math.min(this.drawn, this.values.length - 1)] ?? from;
    this.drawn += 1;
    invariant(from <= value && value < toExclusive, 'FixedTimeouts: within the range', { value });
    return value;
  }
}
