import { invariant } from '@sinkron/invariant';
import type { Configuration } from '../core/membership/configuration.js';
import { logIndex, replicaId, term, type ReplicaId } from '../core/identifiers.js';
import type { Instant } from '../core/instant.js';
import { Raft } from '../core/raft.js';
import type { Random } from '../core/role/election/election-timer.js';
import { GroupMachine } from '../../group/group-machine.js';
import type { Liveness } from '../../group/proposers/proposer-machine.js';
import type { ReplicatedMachine } from '../../group/replicated-machine.js';
import { GroupDriver } from './group-driver.js';
import type { LogKeeping } from './limits.js';
import { entryKind } from './message-codec.js';
import { membersOf } from './members-record.js';
import type { GroupState, LogPort } from './ports.js';

export interface GroupStart {
  readonly group: string;
  readonly replica: ReplicaId;
  /**
   * Who founded the group, or `NO_MEMBERS` for a replica that is to join it. Counts until the state
   * has a configuration of its own.
   */
  readonly members: Configuration;
  readonly machines: readonly ReplicatedMachine[];
  readonly log: LogPort;
  readonly state: GroupState;
  readonly liveness: Liveness;
  readonly random: Random;
  readonly heartbeatMs: number;
  /** Whether the group is being formed by this very start. */
  readonly formation: boolean;
  /** How much of the applied log is kept; `LOG_KEEPING` unless a simulation says less. */
  readonly logKeeping?: LogKeeping;
}

/** Rebuilds a replica from its disk: hard state and log, and the tables as far as applied. */
export function startGroup(start: GroupStart, instant: Instant): GroupDriver {
  const { group, log, state } = start;
  const found = log.load(group);
  const { votedFor } = found.hardState;
  const { installed } = state;
  invariant(state.appliedIndex >= found.baseIndex, 'startGroup: the log reaches the state', {
    group,
    appliedIndex: state.appliedIndex,
    baseIndex: found.baseIndex,
  });
  const raft = new Raft(
    {
      id: start.replica,
      members: membersOf(state, start.members),
      hardState: {
        term: term(found.hardState.term),
        votedFor: votedFor === null ? null : replicaId(votedFor),
      },
      log: {
        baseIndex: logIndex(found.baseIndex),
        baseTerm: term(found.baseTerm),
        baseTimeMs: found.baseTimeMs,
        lastIndex: logIndex(found.lastIndex),
        // What was applied had been committed; the rest is learned from the leader.
        commitIndex: logIndex(state.appliedIndex),
      },
      installed:
        installed === null
          ? null
          : {
              index: logIndex(installed.index),
              term: term(installed.term),
              timeMs: installed.timeMs,
            },
      reader: {
        entries: (from, toExclusive, bytesMax) =>
          log.entries(group, from, toExclusive, bytesMax).map((record) => ({
            term: term(record.term),
            index: logIndex(record.index),
            kind: entryKind(record.kind),
            timeMs: record.timeMs,
            data: record.data,
          })),
        term: (index) => {
          const value = log.term(group, index);
          return value === undefined ? undefined : term(value);
        },
      },
      random: start.random,
      heartbeatMs: start.heartbeatMs,
      formation: start.formation,
    },
    instant,
  );
  const machine = new GroupMachine(start.machines, state, start.liveness);
  const { members: founders, logKeeping } = start;
  return new GroupDriver({ group, raft, machine, state, founders, logKeeping });
}
