import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween } from '@sinkron/http';
import {
  LOCK_DELAY_MS_MAX,
  SESSION_NAME_CHARS_MAX,
  SESSION_TTL_MS_DEFAULT,
  SESSION_TTL_MS_MAX,
  SESSION_TTL_MS_MIN,
} from '../../core/limits.js';
import { IsShortText, MayBeAbsent } from '../../dto/lock-fields.js';

/** Body that makes a session. */
export class CreateSessionDto {
  @MayBeAbsent()
  @IsIntegerBetween(SESSION_TTL_MS_MIN, SESSION_TTL_MS_MAX, {
    required: false,
    default: SESSION_TTL_MS_DEFAULT,
    example: SESSION_TTL_MS_DEFAULT,
    description: 'After this time without a keep-alive the session ends, milliseconds.',
  })
  ttlMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(0, LOCK_DELAY_MS_MAX, {
    required: false,
    default: 0,
    example: 0,
    description:
      'How long nobody gets the locks of the session after it failed (its lease ended), ' +
      'milliseconds. A deleted session passes its locks on at once.',
  })
  lockDelayMs?: number;

  @ApiPropertyOptional({
    description: 'What the session is, for people.',
    example: 'invoice worker on build-3',
    minLength: 1,
    maxLength: SESSION_NAME_CHARS_MAX,
  })
  @MayBeAbsent()
  @IsShortText(SESSION_NAME_CHARS_MAX)
  name?: string;
}

/** Body of calls that take no fields. */
export class NoFieldsDto {}
