import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { BackoffDto, ORDERED_FAILURES, OVERFLOWS, RETENTIONS } from '../configure-topic.dto.js';

/** A configuration; what has no default and was not set is left out. Can be sent back as it is. */
export class TopicConfigurationAnswer {
  @ApiProperty({ type: 'integer', example: 30_000 })
  visibilityMs!: number;

  @ApiProperty({ type: 'integer', example: 5 })
  maxDeliveries!: number;

  @ApiPropertyOptional({ type: BackoffDto })
  backoff?: BackoffDto;

  @ApiProperty({ enum: RETENTIONS, example: 'work' })
  retention!: (typeof RETENTIONS)[number];

  @ApiPropertyOptional({ type: 'integer' })
  maxAgeMs?: number;

  @ApiPropertyOptional({ type: 'integer' })
  maxMessages?: number;

  @ApiPropertyOptional({ type: 'integer' })
  maxBytes?: number;

  @ApiProperty({ enum: OVERFLOWS, example: 'reject' })
  overflow!: (typeof OVERFLOWS)[number];

  @ApiPropertyOptional({ description: 'Left out: `{topic}.dead`.', example: 'orders.failed' })
  deadLetterTopic?: string;

  @ApiProperty({ type: 'integer', example: 120_000 })
  deduplicationWindowMs!: number;

  @ApiProperty({ enum: ORDERED_FAILURES, example: 'block' })
  onOrderedFailure!: (typeof ORDERED_FAILURES)[number];
}

/** Answer of a configuration. */
export class ConfiguredTopic {
  @ApiProperty({ example: 'orders' })
  topic!: string;

  @ApiProperty({ type: TopicConfigurationAnswer })
  configuration!: TopicConfigurationAnswer;
}

/** What a list of topics says of each. */
export class TopicSummary extends ConfiguredTopic {
  @ApiProperty({
    description: 'Messages that are stored, delayed ones included.',
    type: 'integer',
    example: 15,
  })
  messages!: number;

  @ApiProperty({ description: 'Bytes of them.', type: 'integer', example: 3_840 })
  bytes!: number;

  @ApiProperty({
    description: 'Messages that were published with a delay which is not over.',
    type: 'integer',
    example: 0,
  })
  delayed!: number;

  @ApiProperty({ description: 'How many groups it has.', type: 'integer', example: 2 })
  groups!: number;
}

/** A topic. */
export class TopicDetail extends TopicSummary {
  @ApiProperty({
    description: 'The shard that holds the topic, always the same.',
    type: 'integer',
    example: 3,
  })
  shard!: number;

  @ApiProperty({
    description: 'The node that leads the shard; null while this node knows none.',
    type: String,
    nullable: true,
    example: 'node2',
  })
  owner!: string | null;
}

/** One page of topics in byte order of their names. */
export class TopicList {
  @ApiProperty({ type: [TopicSummary] })
  queues!: TopicSummary[];

  @ApiProperty({
    description: 'Give it as `cursor` for the next page; null at the end.',
    type: String,
    nullable: true,
    example: null,
  })
  nextCursor!: string | null;
}
