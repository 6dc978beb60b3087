import { ApiProperty } from '@nestjs/swagger';

export class RingShareView {
  @ApiProperty({ example: 'node1' })
  nodeId!: string;

  @ApiProperty({
    example: 0.25,
    description: 'The part of the shards, and so of all names, that it should lead; 0 to 1.',
  })
  share!: number;
}

/** Where a topic or a key is. */
export class RingView {
  @ApiProperty({ example: 3 })
  shard!: number;

  @ApiProperty({ example: 'queues-3', description: 'The group that replicates the shard.' })
  group!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'node2',
    description: 'The node that serves it now; null: none that this node knows of.',
  })
  leader!: string | null;

  @ApiProperty({
    type: [String],
    example: ['node2', 'node3', 'node1'],
    description: 'The nodes that vote in the group now, as far as this node knows.',
  })
  replicas!: string[];

  @ApiProperty({
    type: [RingShareView],
    description: 'The nodes that should hold shards of this kind, by the members of the cluster.',
  })
  ring!: RingShareView[];
}
