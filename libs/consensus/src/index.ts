export { decode, encode, MalformedError, TupleReader } from './codec/tuple.js';
export { ConsensusModule } from './consensus.module.js';
export { FATAL, type Fatal } from './fatal.js';
export { ConsensusService, type GroupPlan, type MembersListener } from './consensus.service.js';
export {
  decodeCommand,
  encodeCommand,
  proposerId,
  type Command,
  type CommandId,
  type CommandOutcome,
  type IdempotencyScope,
  type ProposerId,
} from './group/command.js';
export { GroupMachine, type MachineNotice } from './group/group-machine.js';
export { PROPOSER_WINDOW } from './group/limits.js';
export { readOutcome } from './group/outcome-record.js';
export {
  openProposer,
  PROPOSERS_MACHINE,
  readOpening,
  type Liveness,
} from './group/proposers/proposer-machine.js';
export type { Opening } from './group/proposers/proposer-table.js';
export type {
  Applied,
  ApplyContext,
  LeaderDuties,
  Notice,
  ReplicatedMachine,
  Settled,
  StateTables,
} from './group/replicated-machine.js';
export type { Rereading } from './group/rereading.js';
export type { NoticeListener } from './notice-courier.js';
export {
  configuration,
  isVoter,
  NO_MEMBERS,
  replicasOf,
  type Configuration,
} from './raft/core/membership/configuration.js';
export {
  decodeConfiguration,
  encodeConfiguration,
} from './raft/core/membership/configuration-codec.js';
export type {
  ChangeOutcome,
  ChangeRefusal,
  MembersChange,
} from './raft/core/membership/members-change.js';
export type { ReplicaStatus } from './raft/core/progress/replica-status.js';
export {
  logIndex,
  replicaId,
  term,
  type LogIndex,
  type ReplicaId,
  type Term,
} from './raft/core/identifiers.js';
export type { Instant } from './raft/core/instant.js';
export { Raft } from './raft/core/raft.js';
export type { Random } from './raft/core/role/election/election-timer.js';
export { BeatPace } from './raft/driver/timing/beat-pace.js';
export { GroupDriver, type ProposalOutcome, type ReadOutcome } from './raft/driver/group-driver.js';
export { decodeMessage, encodeMessage, entryKind } from './raft/driver/message-codec.js';
export type {
  Clock,
  GroupState,
  GroupWrite,
  LogEntryRecord,
  LogPort,
  MessagePort,
  NoticePort,
  Scheduler,
  SnapshotPoint,
  SnapshotSink,
  SnapshotSource,
} from './raft/driver/ports.js';
export type { LogKeeping } from './raft/driver/limits.js';
export { RaftNode } from './raft/driver/raft-node.js';
export { nodeOf, replicaOf } from './raft/driver/replica-id.js';
export { SnapshotExpiredError } from './raft/driver/snapshot/snapshot-expired-error.js';
export type { TransferOutcome } from './raft/driver/transfer/leadership-transfers.js';
export { startGroup, type GroupStart } from './raft/driver/start-group.js';
