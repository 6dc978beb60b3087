import { ApiProperty } from '@nestjs/swagger';
import { MessageFields } from './delivery-answers.js';

/** One message of a publish, as it is stored. */
export class PublishedMessage {
  @ApiProperty({ example: '1-2s' })
  id!: string;

  @ApiProperty({
    description: 'Whether an earlier message with its deduplicationId stands for it.',
    example: false,
  })
  duplicate!: boolean;
}

/** Answer of a publish, in the order of the request. */
export class PublishedMessages {
  @ApiProperty({ type: [PublishedMessage] })
  messages!: PublishedMessage[];
}

/** One page of messages. */
export class MessageList {
  @ApiProperty({
    description: 'With `group`, `deliveries` are those in the group; otherwise 0.',
    type: [MessageFields],
  })
  messages!: MessageFields[];

  @ApiProperty({
    description: 'Give it as `cursor` for the next page; null at the end.',
    type: String,
    nullable: true,
    example: null,
  })
  nextCursor!: string | null;
}

/** How far one group is with a message. */
export class GroupOfMessage {
  @ApiProperty({ example: 'billing' })
  group!: string;

  @ApiProperty({
    description:
      '`blocked`: another message with its key is before it. `acknowledged`: the group is done ' +
      'with it, also as a dead letter.',
    enum: ['ready', 'delayed', 'in-flight', 'acknowledged', 'blocked'],
    example: 'in-flight',
  })
  state!: string;

  @ApiProperty({ type: 'integer', example: 1 })
  deliveries!: number;

  @ApiProperty({
    description: 'When it is ready again; null unless it is in flight or delayed.',
    type: String,
    format: 'date-time',
    nullable: true,
    example: '2026-09-01T12:00:30.000Z',
  })
  visibleAt!: string | null;
}

/** One message. */
export class MessageDetail extends MessageFields {
  @ApiProperty({
    description: 'When it can be delivered for the first time, while that is to come; else null.',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  deliverAt!: string | null;

  @ApiProperty({
    description: 'When its `ttlMs` is over; null without one.',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  expiresAt!: string | null;

  @ApiProperty({ type: [GroupOfMessage] })
  groups!: GroupOfMessage[];
}

/** Answer of a redrive. */
export class Redriven {
  @ApiProperty({ type: 'integer', example: 3 })
  moved!: number;
}
