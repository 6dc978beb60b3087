import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween, IsListOf } from '@sinkron/http';
import {
  AHEAD_MS_MAX,
  BODY_BYTES_MAX,
  DEFAULT_PRIORITY,
  HEADERS_BYTES_MAX,
  MESSAGES_PER_PUBLISH_MAX,
  NAME_BYTES_MAX,
  PRIORITIES,
} from '../core/limits.js';
import {
  ANY_JSON,
  IsBase64Text,
  IsHeaders,
  IsNotSentWith,
  IsSentUnless,
  IsShortText,
  IsTimeAhead,
  MayBeAbsent,
} from './message-fields.js';

const COUNT = { countMin: 1, countMax: MESSAGES_PER_PUBLISH_MAX };

/** One message of a publish. */
export class NewMessageDto {
  @ApiPropertyOptional({
    description:
      'Any JSON, also null and false; this or `bodyBase64`. Consumers get it in the same field. ' +
      `At most ${BODY_BYTES_MAX} bytes. Numbers are doubles: write larger integers as strings.`,
    oneOf: ANY_JSON,
    example: { order: 42, total: '17.50' },
  })
  @IsSentUnless('bodyBase64')
  body?: unknown;

  @ApiPropertyOptional({
    description: `Bytes as base64 with padding; this or \`body\`. At most ${BODY_BYTES_MAX} bytes.`,
    format: 'byte',
    example: 'AAEC/w==',
  })
  @MayBeAbsent()
  @IsBase64Text()
  bodyBase64?: string;

  @ApiPropertyOptional({
    description:
      'Messages with the same key are delivered in publish order, one at a time in each group.',
    example: 'customer-7',
    minLength: 1,
    maxLength: NAME_BYTES_MAX,
  })
  @MayBeAbsent()
  @IsShortText(NAME_BYTES_MAX)
  key?: string;

  @MayBeAbsent()
  @IsIntegerBetween(0, PRIORITIES - 1, {
    required: false,
    default: DEFAULT_PRIORITY,
    example: DEFAULT_PRIORITY,
    description: 'Higher ones are delivered first.',
  })
  priority?: number;

  @MayBeAbsent()
  @IsIntegerBetween(0, AHEAD_MS_MAX, {
    required: false,
    example: 60_000,
    description: 'Nobody gets it before so many milliseconds have passed; this or `deliverAt`.',
  })
  delayMs?: number;

  @ApiPropertyOptional({
    description: 'Nobody gets it before this time; in the past: at once. This or `delayMs`.',
    format: 'date-time',
    example: '2026-09-01T12:00:00.000Z',
  })
  @MayBeAbsent()
  @IsTimeAhead()
  @IsNotSentWith('delayMs')
  deliverAt?: string;

  @ApiPropertyOptional({
    description:
      "The first message with this id within the topic's `deduplicationWindowMs` is stored; the " +
      'others are answered with its id and `duplicate: true`.',
    example: 'order-42-paid',
    minLength: 1,
    maxLength: NAME_BYTES_MAX,
  })
  @MayBeAbsent()
  @IsShortText(NAME_BYTES_MAX)
  deduplicationId?: string;

  @MayBeAbsent()
  @IsIntegerBetween(1, AHEAD_MS_MAX, {
    required: false,
    example: 3_600_000,
    description:
      'It is removed so many milliseconds after its publish, unless a consumer has it then.',
  })
  ttlMs?: number;

  @ApiPropertyOptional({
    description: `An object of strings that consumers get; at most ${HEADERS_BYTES_MAX} bytes as JSON.`,
    type: Object,
    additionalProperties: { type: 'string' },
    example: { 'content-type': 'application/json', traceparent: '00-4bf9…-01' },
  })
  @MayBeAbsent()
  @IsHeaders()
  headers?: Readonly<Record<string, string>>;
}

/** Body of a publish: all messages are stored, or none. */
export class PublishDto {
  @IsListOf(() => NewMessageDto, COUNT, {
    description: 'The messages, in publish order.',
    example: [{ body: { order: 42 } }, { body: { order: 43 }, priority: 9 }],
  })
  messages!: readonly NewMessageDto[];
}
