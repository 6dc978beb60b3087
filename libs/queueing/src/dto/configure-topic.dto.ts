import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween, IsName } from '@sinkron/http';
import { Type } from 'class-transformer';
import { IsIn, ValidateNested } from 'class-validator';
import {
  AHEAD_MS_MAX,
  BACKOFF_MULTIPLIER_MAX,
  DEDUPLICATION_WINDOW_MS_MAX,
  DELIVERIES_MAX,
  TOPIC_LIMIT_MAX,
  TOPIC_NAME_BYTES_MAX,
  VISIBILITY_MS_MAX,
  VISIBILITY_MS_MIN,
} from '../core/limits.js';
import { DEFAULT_TOPIC_CONFIGURATION } from '../core/commands/topic-configuration.js';
import { IsNumberBetween, IsObjectOf } from './configuration-fields.js';
import { MayBeAbsent } from './message-fields.js';

const DEFAULTS = DEFAULT_TOPIC_CONFIGURATION;

export const RETENTIONS = ['work', 'log'] as const;
export const OVERFLOWS = ['reject', 'drop-oldest'] as const;
export const ORDERED_FAILURES = ['block', 'dead-letter'] as const;

/** How long a failed message waits: `initialMs * multiplier^(n-1)` after its n-th failure, at most `maxMs`. */
export class BackoffDto {
  @IsIntegerBetween(0, AHEAD_MS_MAX, { example: 1_000 })
  initialMs!: number;

  @ApiProperty({ type: Number, minimum: 1, maximum: BACKOFF_MULTIPLIER_MAX, example: 2 })
  @IsNumberBetween(1, BACKOFF_MULTIPLIER_MAX)
  multiplier!: number;

  @IsIntegerBetween(0, AHEAD_MS_MAX, { example: 60_000 })
  maxMs!: number;
}

/** Body of a configuration: what is left out has its default. */
export class ConfigureTopicDto {
  @MayBeAbsent()
  @IsIntegerBetween(VISIBILITY_MS_MIN, VISIBILITY_MS_MAX, {
    required: false,
    default: DEFAULTS.visibilityMs,
    example: DEFAULTS.visibilityMs,
    description: 'How long a delivery may stay unacknowledged before the message is ready again.',
  })
  visibilityMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(1, DELIVERIES_MAX, {
    required: false,
    default: DEFAULTS.maxDeliveries,
    example: DEFAULTS.maxDeliveries,
    description: 'Failures of a message in one group until it becomes a dead letter of that group.',
  })
  maxDeliveries?: number;

  @ApiPropertyOptional({
    type: () => BackoffDto,
    description: 'Without it a failed message is ready again at once.',
  })
  @MayBeAbsent()
  @Type(() => BackoffDto)
  @ValidateNested()
  @IsObjectOf('initialMs, multiplier and maxMs')
  backoff?: BackoffDto;

  @ApiPropertyOptional({
    enum: RETENTIONS,
    default: DEFAULTS.retention,
    description:
      '`work` removes a message once every group has acknowledged it, `log` keeps it. It cannot ' +
      'be changed while the topic has messages.',
  })
  @MayBeAbsent()
  @IsIn(RETENTIONS)
  retention?: (typeof RETENTIONS)[number];

  @MayBeAbsent()
  @IsIntegerBetween(1, AHEAD_MS_MAX, {
    required: false,
    example: 604_800_000,
    description: 'Older messages are removed, whoever has seen them. Without it: never.',
  })
  maxAgeMs?: number;

  @MayBeAbsent()
  @IsIntegerBetween(1, TOPIC_LIMIT_MAX, {
    required: false,
    example: 1_000_000,
    description: 'Stored messages at most. Without it: no limit.',
  })
  maxMessages?: number;

  @MayBeAbsent()
  @IsIntegerBetween(1, TOPIC_LIMIT_MAX, {
    required: false,
    example: 1_073_741_824,
    description: 'Bytes of stored messages at most. Without it: no limit.',
  })
  maxBytes?: number;

  @ApiPropertyOptional({
    enum: OVERFLOWS,
    default: DEFAULTS.overflow,
    description:
      'What a publish beyond a limit does: it is refused with `QUEUE_FULL`, or the oldest ' +
      'messages make room.',
  })
  @MayBeAbsent()
  @IsIn(OVERFLOWS)
  overflow?: (typeof OVERFLOWS)[number];

  @ApiPropertyOptional({
    description: 'Where dead letters go, another topic. Without it: `{topic}.dead`.',
    example: 'orders.dead',
    minLength: 1,
    maxLength: TOPIC_NAME_BYTES_MAX,
  })
  @MayBeAbsent()
  @IsName(TOPIC_NAME_BYTES_MAX)
  deadLetterTopic?: string;

  @MayBeAbsent()
  @IsIntegerBetween(0, DEDUPLICATION_WINDOW_MS_MAX, {
    required: false,
    default: DEFAULTS.deduplicationWindowMs,
    example: DEFAULTS.deduplicationWindowMs,
    description: 'How long a `deduplicationId` is remembered.',
  })
  deduplicationWindowMs?: number;

  @ApiPropertyOptional({
    enum: ORDERED_FAILURES,
    default: DEFAULTS.onOrderedFailure,
    description:
      'What becomes of a message with a key after `maxDeliveries` failures: it is delivered again ' +
      'and again, and those behind it wait, or it becomes a dead letter and they go on.',
  })
  @MayBeAbsent()
  @IsIn(ORDERED_FAILURES)
  onOrderedFailure?: (typeof ORDERED_FAILURES)[number];
}
