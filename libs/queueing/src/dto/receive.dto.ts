import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween } from '@sinkron/http';
import {
  NAME_BYTES_MAX,
  RECEIPTS_MAX,
  VISIBILITY_MS_MAX,
  VISIBILITY_MS_MIN,
} from '../core/limits.js';
import { RECEIVE_WAIT_MS_MAX } from '../waiting/core/limits.js';
import { IsShortText, MayBeAbsent } from './message-fields.js';

/** Body of a receive. */
export class ReceiveDto {
  @ApiPropertyOptional({
    description: 'Who receives, for people who look at the group.',
    example: 'worker-7',
    minLength: 1,
    maxLength: NAME_BYTES_MAX,
  })
  @MayBeAbsent()
  @IsShortText(NAME_BYTES_MAX)
  consumer?: string;

  @MayBeAbsent()
  @IsIntegerBetween(1, RECEIPTS_MAX, {
    required: false,
    default: 1,
    example: 10,
    description: 'Messages at most. Fewer come when fewer are ready, or 8 MiB are full.',
  })
  max?: number;

  @MayBeAbsent()
  @IsIntegerBetween(0, RECEIVE_WAIT_MS_MAX, {
    required: false,
    default: 0,
    example: 20_000,
    description: 'How long to wait for a first message, milliseconds; 0 answers at once.',
  })
  waitMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(VISIBILITY_MS_MIN, VISIBILITY_MS_MAX, {
    required: false,
    example: 30_000,
    description: "How long these messages may stay unacknowledged. Without it, the topic's.",
  })
  visibilityMs?: number;
}
