import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween, IsName } from '@sinkron/http';
import { REDRIVE_MAX, TOPIC_NAME_BYTES_MAX } from '../core/limits.js';
import { MayBeAbsent } from './message-fields.js';

/** Body of a redrive. */
export class RedriveDto {
  @MayBeAbsent()
  @IsIntegerBetween(1, REDRIVE_MAX, {
    required: false,
    default: REDRIVE_MAX,
    example: 100,
    description: 'Dead letters to move at most, oldest first.',
  })
  max?: number;

  @ApiPropertyOptional({
    description: 'Another topic for them. Without it, where they failed.',
    example: 'orders.retry',
    minLength: 1,
    maxLength: TOPIC_NAME_BYTES_MAX,
  })
  @MayBeAbsent()
  @IsName(TOPIC_NAME_BYTES_MAX)
  to?: string;
}
