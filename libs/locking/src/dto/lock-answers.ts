import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Answer of an acquire and of a renewal. */
export class AcquiredLock {
  @ApiProperty({ example: 'orders/42' })
  name!: string;

  @ApiProperty({ example: 'worker-7' })
  owner!: string;

  @ApiProperty({ enum: ['exclusive'], example: 'exclusive' })
  mode!: string;

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
    description: 'When the lock is free unless renewed, by the clock of the cluster.',
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

/** Answer of a release. */
export class ReleasedLock {
  @ApiProperty({ example: 'orders/42' })
  name!: string;

  @ApiProperty({ description: 'Whether the lock is free now.', example: true })
  released!: boolean;

  @ApiProperty({ description: 'The holds that are left.', type: 'integer', example: 0 })
  holds!: number;
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

  @ApiProperty({ enum: ['exclusive'], example: 'exclusive' })
  mode!: string;

  @ApiProperty({ type: 'integer', example: 120 })
  waitingMs!: number;
}

/** A held lock. */
export class LockDetail {
  @ApiProperty({ example: 'orders/42' })
  name!: string;

  @ApiProperty({ enum: ['exclusive'], example: 'exclusive' })
  mode!: string;

  @ApiProperty({ type: [LockHolder] })
  holders!: LockHolder[];

  @ApiProperty({ description: 'Empty in this version.', type: [LockWaiter], example: [] })
  queue!: LockWaiter[];
}

/** One page of held locks in byte order of their names. */
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
