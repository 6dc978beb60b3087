import { ApiProperty } from '@nestjs/swagger';
import { CONSUMERS_LISTED_MAX } from '../../core/limits.js';

/** Answer of the making of a group. */
export class GroupName {
  @ApiProperty({ example: 'orders' })
  topic!: string;

  @ApiProperty({ example: 'billing' })
  group!: string;
}

/** A consumer group. */
export class GroupDetail {
  @ApiProperty({ example: 'billing' })
  group!: string;

  @ApiProperty({
    description: 'Messages that can be received, and those that wait behind another of their key.',
    type: 'integer',
    example: 12,
  })
  ready!: number;

  @ApiProperty({
    description: 'Messages that wait for their time: published with a delay, or failed.',
    type: 'integer',
    example: 0,
  })
  delayed!: number;

  @ApiProperty({
    description: 'Messages that consumers have and have not acknowledged.',
    type: 'integer',
    example: 3,
  })
  inFlight!: number;

  @ApiProperty({
    description: 'Dead letters that were made of its messages.',
    type: 'integer',
    example: 0,
  })
  deadLettered!: number;

  @ApiProperty({
    description: 'Age of the oldest message that is ready; null when none is.',
    type: 'integer',
    nullable: true,
    example: 1_250,
  })
  oldestReadyAgeMs!: number | null;

  @ApiProperty({
    description: `Consumers that have messages, sorted, at most ${CONSUMERS_LISTED_MAX}.`,
    type: [String],
    example: ['worker-7'],
  })
  consumers!: readonly string[];
}

/** One page of groups in byte order of their names. */
export class GroupList {
  @ApiProperty({ type: [GroupDetail] })
  groups!: GroupDetail[];

  @ApiProperty({
    description: 'Give it as `cursor` for the next page; null at the end.',
    type: String,
    nullable: true,
    example: null,
  })
  nextCursor!: string | null;
}

/** One message in flight. */
export class PendingMessage {
  @ApiProperty({ example: '1-2s' })
  id!: string;

  @ApiProperty({
    description: 'As the receive named it, or null.',
    type: String,
    nullable: true,
    example: 'worker-7',
  })
  consumer!: string | null;

  @ApiProperty({ type: 'integer', example: 1 })
  deliveries!: number;

  @ApiProperty({ format: 'date-time', example: '2026-09-01T12:00:30.000Z' })
  visibleAt!: string;
}

/** One page of messages in flight, in publish order. */
export class PendingList {
  @ApiProperty({ type: [PendingMessage] })
  pending!: PendingMessage[];

  @ApiProperty({ type: String, nullable: true, example: null })
  nextCursor!: string | null;
}
