import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween } from '@sinkron/http';
import { IsBoolean, ValidateBy } from 'class-validator';
import { isWellFormed } from '@sinkron/utf8';
import { AHEAD_MS_MAX, REASON_CHARS_MAX, RECEIPTS_MAX, VISIBILITY_MS_MAX } from '../core/limits.js';
import { MayBeAbsent } from './message-fields.js';

/** A list of strings; whether they are receipts is judged where they are read. */
function AreReceipts(): PropertyDecorator {
  return ValidateBy({
    name: 'areReceipts',
    validator: {
      validate: (value: unknown) =>
        Array.isArray(value) && value.length >= 1 && value.length <= RECEIPTS_MAX,
      defaultMessage: () => `must be a list of 1 to ${RECEIPTS_MAX} receipts`,
    },
  });
}

/** A text of any characters. */
function IsReason(): PropertyDecorator {
  return ValidateBy({
    name: 'isReason',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' &&
        value.length >= 1 &&
        isWellFormed(value) &&
        Buffer.byteLength(value) <= REASON_CHARS_MAX,
      defaultMessage: () => `must be a string of 1 to ${REASON_CHARS_MAX} bytes`,
    },
  });
}

/** Body of an acknowledgement. */
export class AckDto {
  @ApiProperty({
    description: 'Receipts of deliveries, each as a receive gave it.',
    type: [String],
    minItems: 1,
    maxItems: RECEIPTS_MAX,
    example: ['1-1-3-7-0z8n3qk'],
  })
  @AreReceipts()
  receipts!: readonly unknown[];
}

/** Body of a negative acknowledgement. */
export class NackDto extends AckDto {
  @MayBeAbsent()
  @IsIntegerBetween(0, AHEAD_MS_MAX, {
    required: false,
    example: 5_000,
    description: "When they are ready again. Without it, as the topic's `backoff` says.",
  })
  delayMs?: number;

  @ApiPropertyOptional({
    description: 'Why they failed; a dead letter carries it in its headers.',
    example: 'the mail server did not answer',
    minLength: 1,
    maxLength: REASON_CHARS_MAX,
  })
  @MayBeAbsent()
  @IsReason()
  reason?: string;

  @ApiPropertyOptional({
    description: 'Makes them dead letters now, however often they have failed.',
    default: false,
  })
  @MayBeAbsent()
  @IsBoolean()
  deadLetter?: boolean;
}

/** Body of an extension. */
export class ExtendDto extends AckDto {
  @IsIntegerBetween(0, VISIBILITY_MS_MAX, {
    example: 60_000,
    description: 'How long they stay with their consumer, counted from now.',
  })
  visibilityMs!: number;
}
