import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween } from '@sinkron/http';
import { IsIn, IsString } from 'class-validator';
import {
  LOCK_DELAY_MS_MAX,
  METADATA_BYTES_MAX,
  OWNER_CHARS_MAX,
  TTL_MS_DEFAULT,
  TTL_MS_MAX,
  TTL_MS_MIN,
  WAIT_MS_MAX,
} from '../core/limits.js';
import { IsMetadata, IsOwner, MayBeAbsent, NotAvailableYet } from './lock-fields.js';

/** Body of an acquire. */
export class AcquireLockDto {
  @ApiProperty({
    description: 'Who acquires: one thread of control. The same owner may acquire again.',
    example: 'worker-7',
    minLength: 1,
    maxLength: OWNER_CHARS_MAX,
  })
  @IsOwner()
  owner!: string;

  @ApiPropertyOptional({
    description: '`shared` is not available in this version.',
    enum: ['exclusive', 'shared'],
    default: 'exclusive',
  })
  @MayBeAbsent()
  @IsIn(['exclusive', 'shared'])
  @NotAvailableYet((mode) => mode === 'shared', 'the mode shared')
  mode?: string;

  @MayBeAbsent()
  @IsIntegerBetween(TTL_MS_MIN, TTL_MS_MAX, {
    required: false,
    default: TTL_MS_DEFAULT,
    example: TTL_MS_DEFAULT,
    description: 'After this time without a renewal the lock is free, milliseconds.',
  })
  ttlMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(0, WAIT_MS_MAX, {
    required: false,
    default: 0,
    example: 0,
    description:
      'How long to wait for the lock, milliseconds. Above 0 not available in this version.',
  })
  @NotAvailableYet((waitMs) => typeof waitMs === 'number' && waitMs > 0, 'waiting for a lock')
  waitMs?: number;

  @ApiPropertyOptional({
    description: 'The session whose end releases the lock. Not available in this version.',
    type: String,
  })
  @MayBeAbsent()
  @IsString()
  @NotAvailableYet((sessionId) => typeof sessionId === 'string', 'holding by a session')
  sessionId?: string;

  @MayBeAbsent()
  @IsIntegerBetween(0, LOCK_DELAY_MS_MAX, {
    required: false,
    default: 0,
    example: 0,
    description:
      'How long nobody gets the lock after its holder failed, milliseconds. Above 0 not available in this version.',
  })
  @NotAvailableYet(
    (lockDelayMs) => typeof lockDelayMs === 'number' && lockDelayMs > 0,
    'a lock-delay',
  )
  lockDelayMs?: number;

  @ApiPropertyOptional({
    description: `A note kept with the holder: any object of at most ${METADATA_BYTES_MAX} bytes as JSON.`,
    type: Object,
    additionalProperties: true,
    example: { host: 'build-3', pid: 4711 },
  })
  @MayBeAbsent()
  @IsMetadata()
  metadata?: object;
}
