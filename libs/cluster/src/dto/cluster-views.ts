import { ApiProperty } from '@nestjs/swagger';
import type { MemberState } from '../cluster.service.js';
import type { MemberStatus } from '../core/member-status.js';

export class LeaderView {
  @ApiProperty({ example: 'coordination' })
  group!: string;

  @ApiProperty({ example: 'node1' })
  nodeId!: string;

  @ApiProperty({ example: 'http://127.0.0.1:8001' })
  url!: string;

  @ApiProperty({ example: 3, description: 'The Raft term in which it leads.' })
  term!: number;
}

export class TransferredView {
  @ApiProperty({ example: 'coordination' })
  group!: string;

  @ApiProperty({ example: 'node2', description: 'The node that leads now.' })
  leader!: string;

  @ApiProperty({ example: 4, description: 'The Raft term in which it leads.' })
  term!: number;
}

export class MemberView {
  @ApiProperty({ example: 'node1' })
  nodeId!: string;

  @ApiProperty({ example: '127.0.0.1:9001', description: 'Where its peers reach it.' })
  address!: string;

  @ApiProperty({ type: String, nullable: true, example: 'http://127.0.0.1:8001' })
  httpUrl!: string | null;

  @ApiProperty({ type: [String], example: ['locks', 'queues', 'caches', 'ledger'] })
  roles!: string[];

  @ApiProperty({
    enum: ['member', 'joining', 'leaving'],
    example: 'member',
    description:
      'joining: it was added and has not come yet, or it came back with an empty disk that has not got ' +
      'the vote of the former one yet; leaving: it was removed, and goes as soon as no group counts on it.',
  })
  state!: MemberState;

  @ApiProperty({
    enum: ['alive', 'suspect', 'dead'],
    example: 'alive',
    description:
      'By the freshest news of all nodes that this one hears, directly or through others: suspect ' +
      'when nothing was heard of it for 1.25 s, dead for 2.5 s. The same on all nodes that hear each ' +
      'other, within 3 s.',
  })
  status!: MemberStatus;

  @ApiProperty({
    type: Number,
    nullable: true,
    example: 12,
    description:
      'Milliseconds since this node itself heard anything of it; null: never. 0 for the node itself.',
  })
  lastHeardMs!: number | null;
}

export class GroupView {
  @ApiProperty({ example: 'coordination' })
  id!: string;

  @ApiProperty({ type: String, nullable: true, example: 'node1' })
  leader!: string | null;

  @ApiProperty({ example: 3 })
  term!: number;

  @ApiProperty({
    type: [String],
    example: ['node1', 'node2', 'node3'],
    description: 'The nodes that vote.',
  })
  replicas!: string[];

  @ApiProperty({
    type: [String],
    example: [],
    description: 'The nodes that receive the log and do not vote: they catch up, to become voters.',
  })
  learners!: string[];

  @ApiProperty({ example: false, description: 'Whether other nodes are about to vote.' })
  changing!: boolean;

  @ApiProperty({ example: 42 })
  commitIndex!: number;
}

export class ClusterView {
  @ApiProperty({ example: 'node2', description: 'The node that answers.' })
  nodeId!: string;

  @ApiProperty({ type: [MemberView] })
  members!: MemberView[];

  @ApiProperty({ type: [GroupView] })
  groups!: GroupView[];
}
