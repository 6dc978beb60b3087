import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANY_JSON } from '../message-fields.js';

/** What every message has that is shown to somebody. */
export class MessageFields {
  @ApiProperty({ example: '1-2s' })
  id!: string;

  @ApiPropertyOptional({
    description: 'The JSON that was published, when it was published as `body`.',
    oneOf: ANY_JSON,
    example: { order: 42 },
  })
  body?: unknown;

  @ApiPropertyOptional({
    description: 'Base64 of the bytes, when it was published as `bodyBase64`.',
    format: 'byte',
    example: 'AAEC/w==',
  })
  bodyBase64?: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  key!: string | null;

  @ApiProperty({ type: 'integer', example: 4 })
  priority!: number;

  @ApiProperty({ type: Object, additionalProperties: { type: 'string' }, example: {} })
  headers!: Readonly<Record<string, string>>;

  @ApiProperty({ format: 'date-time', example: '2026-09-01T12:00:00.000Z' })
  publishedAt!: string;

  @ApiProperty({
    description: 'How often it was handed out in this group, this time included.',
    type: 'integer',
    example: 1,
  })
  deliveries!: number;
}

/** One message of a receive, and the data of one event of a stream. */
export class ReceivedMessage extends MessageFields {
  @ApiProperty({
    description: 'Stands for this delivery, for ack, nack and extend.',
    example: '1-1-3-7-0z8n3qk',
  })
  receipt!: string;

  @ApiProperty({
    description: 'Unless acknowledged, or extended, it is ready for others from then on.',
    format: 'date-time',
    example: '2026-09-01T12:00:30.000Z',
  })
  visibleAt!: string;
}

/** Answer of a receive. */
export class ReceivedMessages {
  @ApiProperty({
    description: 'In the order in which they were handed out; empty when none is ready.',
    type: [ReceivedMessage],
  })
  messages!: ReceivedMessage[];
}

/** What became of one receipt of an ack. */
export class AckResult {
  @ApiProperty({ example: '1-1-3-7-0z8n3qk' })
  receipt!: string;

  @ApiProperty({
    description: '`stale`: the delivery is over, or of another group; nothing was changed.',
    enum: ['acked', 'stale'],
    example: 'acked',
  })
  status!: 'acked' | 'stale';
}

/** Answer of an ack, in the order of the request. */
export class AckResults {
  @ApiProperty({ type: [AckResult] })
  results!: AckResult[];
}

/** What became of one receipt of a nack. */
export class NackResult {
  @ApiProperty({ example: '1-1-3-7-0z8n3qk' })
  receipt!: string;

  @ApiProperty({ enum: ['nacked', 'stale'], example: 'nacked' })
  status!: 'nacked' | 'stale';
}

/** Answer of a nack, in the order of the request. */
export class NackResults {
  @ApiProperty({ type: [NackResult] })
  results!: NackResult[];
}

/** What became of one receipt of an extension. */
export class ExtendResult {
  @ApiProperty({ example: '1-1-3-7-0z8n3qk' })
  receipt!: string;

  @ApiProperty({ enum: ['extended', 'stale'], example: 'extended' })
  status!: 'extended' | 'stale';
}

/** Answer of an extension, in the order of the request. */
export class ExtendResults {
  @ApiProperty({ type: [ExtendResult] })
  results!: ExtendResult[];
}
