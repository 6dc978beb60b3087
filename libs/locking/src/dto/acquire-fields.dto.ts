import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween } from '@sinkron/http';
import { ValidateIf } from 'class-validator';
import {
  LOCK_DELAY_MS_MAX,
  METADATA_BYTES_MAX,
  OWNER_CHARS_MAX,
  SESSION_ID_CHARS_MAX,
  TTL_MS_DEFAULT,
  TTL_MS_MAX,
  TTL_MS_MIN,
  WAIT_MS_MAX,
} from '../core/limits.js';
import { IsMetadata, IsOwner, IsShortText, MayBeAbsent } from './lock-fields.js';

/** What acquires of one lock and of many have in common. */
export class AcquireFieldsDto {
  @ApiPropertyOptional({
    description:
      'Who acquires: one thread of control. The same owner may acquire again. Required unless ' +
      '`sessionId` is given, which then is the owner too.',
    example: 'worker-7',
    minLength: 1,
    maxLength: OWNER_CHARS_MAX,
  })
  @ValidateIf((body: AcquireFieldsDto) => body.owner !== undefined || body.sessionId === undefined)
  @IsOwner()
  owner?: string;

  @ApiPropertyOptional({
    description: 'The session by which the lock is held: its end is the end of the hold.',
    minLength: 1,
    maxLength: SESSION_ID_CHARS_MAX,
  })
  @MayBeAbsent()
  @IsShortText(SESSION_ID_CHARS_MAX)
  sessionId?: string;

  @MayBeAbsent()
  @IsIntegerBetween(TTL_MS_MIN, TTL_MS_MAX, {
    required: false,
    default: TTL_MS_DEFAULT,
    example: TTL_MS_DEFAULT,
    description:
      'After this time without a renewal the hold ends, milliseconds. Of no effect with `sessionId`.',
  })
  ttlMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(0, WAIT_MS_MAX, {
    required: false,
    default: 0,
    example: 10_000,
    description: 'How long to wait in the queue, milliseconds; 0 answers at once.',
  })
  waitMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(0, LOCK_DELAY_MS_MAX, {
    required: false,
    default: 0,
    example: 0,
    description:
      'How long nobody gets the lock after this holder failed (its lease ended), milliseconds. ' +
      'A release passes the lock on at once.',
  })
  lockDelayMs?: number;

  @ApiPropertyOptional({
    description: `A note kept with the hold: any object of at most ${METADATA_BYTES_MAX} bytes as JSON.`,
    type: Object,
    additionalProperties: true,
    example: { host: 'build-3', pid: 4711 },
  })
  @MayBeAbsent()
  @IsMetadata()
  metadata?: object;
}
