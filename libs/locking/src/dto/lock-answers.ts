import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LOCK_MODES, type LockMode } from '../core/commands/holder.js';
import { GRAPH_EDGES_MAX, VIEW_HOLDERS_MAX, VIEW_QUEUE_MAX } from '../core/limits.js';

/** Answer of an acquire and of a renewal. */
export class AcquiredLock {
  @ApiProperty({ example: 'orders/42' })
  name!: string;

  @ApiProperty({ example: 'worker-7' })
  owner!: string;

  @ApiProperty({ enum: LOCK_MODES, example: 'exclusive' })
  mode!: LockMode;

  @ApiProperty({
    description:
      'The fencing token: larger than that of every earlier grant. Give it to whatever the lock protects, which refuses smaller ones.',
    type: 'integer',
    example: 42,
  })
  token!: number;

  @ApiProperty({
    description: 'How often the owner has acquired and not yet released.',
    type: 'integer',
    example: 1,
  })
  holds!: number;

  @ApiProperty({ type: 'integer', example: 30_000 })
  ttlMs!: number;

  @ApiProperty({
    description: 'When the hold ends unless renewed, by the clock of the cluster.',
    format: 'date-time',
    example: '2026-09-01T12:00:30.000Z',
  })
  expiresAt!: string;

  @ApiProperty({
    description: 'How long the request waited for the lock, milliseconds.',
    type: 'integer',
    example: 0,
  })
  waitedMs!: number;
}

/** Answer of a multi-lock acquire and of its renewal, in the order of the request. */
export class AcquiredLocks {
  @ApiProperty({ type: [AcquiredLock] })
  locks!: AcquiredLock[];
}

/** Answer of a release. */
export class ReleasedLock {
  @ApiProperty({ example: 'orders/42' })
  name!: string;

  @ApiProperty({ description: 'Whether the hold has ended.', example: true })
  released!: boolean;

  @ApiProperty({ description: 'The holds that are left.', type: 'integer', example: 0 })
  holds!: number;
}

/** Answer of a multi-lock release, in the order of the request. */
export class ReleasedLocks {
  @ApiProperty({ type: [ReleasedLock] })
  locks!: ReleasedLock[];
}

/** One holder of a lock. */
export class LockHolder {
  @ApiProperty({ example: 'worker-7' })
  owner!: string;

  @ApiProperty({ type: 'integer', example: 42 })
  token!: number;

  @ApiProperty({ type: 'integer', example: 1 })
  holds!: number;

  @ApiProperty({
    description: 'A stale read does not know of renewals.',
    format: 'date-time',
    example: '2026-09-01T12:00:30.000Z',
  })
  expiresAt!: string;

  @ApiProperty({
    description: 'The session of the hold, or null.',
    type: String,
    nullable: true,
    example: null,
  })
  sessionId!: string | null;

  @ApiPropertyOptional({
    description: 'The note that the holder left with its acquire, if any.',
    type: Object,
    additionalProperties: true,
    example: { host: 'build-3', pid: 4711 },
  })
  metadata?: object;
}

/** One waiting request. */
export class LockWaiter {
  @ApiProperty({ example: 'worker-8' })
  owner!: string;

  @ApiProperty({ enum: LOCK_MODES, example: 'exclusive' })
  mode!: LockMode;

  @ApiProperty({ type: 'integer', example: 120 })
  waitingMs!: number;
}

/** A lock that somebody holds or waits for. */
export class LockDetail {
  @ApiProperty({ example: 'orders/42' })
  name!: string;

  @ApiProperty({ enum: LOCK_MODES, example: 'exclusive' })
  mode!: LockMode;

  @ApiProperty({
    description: `In the order of their tokens, at most ${VIEW_HOLDERS_MAX}. Empty while the lock rests after a holder failed.`,
    type: [LockHolder],
  })
  holders!: LockHolder[];

  @ApiPropertyOptional({
    description: 'How many hold it, where not all are listed.',
    type: 'integer',
  })
  holderCount?: number;

  @ApiPropertyOptional({
    description: 'True while the lock rests after a holder failed: nobody is granted it yet.',
    enum: [true],
  })
  delayed?: true;

  @ApiProperty({
    description: `In the order in which they will be granted, at most ${VIEW_QUEUE_MAX}.`,
    type: [LockWaiter],
  })
  queue!: LockWaiter[];

  @ApiPropertyOptional({
    description: 'How many wait for it, where not all are listed.',
    type: 'integer',
  })
  queueLength?: number;
}

/** One page of locks in byte order of their names. */
export class LockList {
  @ApiProperty({ type: [LockDetail] })
  locks!: LockDetail[];

  @ApiProperty({
    description: 'Give it as `cursor` for the next page; null at the end.',
    type: String,
    nullable: true,
    example: null,
  })
  nextCursor!: string | null;
}

/** One edge of the wait-for graph. */
export class WaitForEdge {
  @ApiProperty({ example: 'worker-1' })
  owner!: string;

  @ApiProperty({
    description: 'The owner whose hold or earlier wait is in the way.',
    example: 'worker-2',
  })
  waitsFor!: string;

  @ApiProperty({ example: 'orders/42' })
  lock!: string;
}

/** Who waits for whom. It never has a cycle: the request that would close one is refused. */
export class WaitForGraphAnswer {
  @ApiProperty({ type: [String], example: ['worker-1', 'worker-2'] })
  nodes!: readonly string[];

  @ApiProperty({ type: [WaitForEdge] })
  edges!: readonly WaitForEdge[];

  @ApiPropertyOptional({
    description: `true where there are more than ${GRAPH_EDGES_MAX} edges, and not all are listed.`,
  })
  truncated?: true;
}
