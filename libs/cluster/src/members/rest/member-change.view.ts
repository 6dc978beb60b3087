import { ApiProperty } from '@nestjs/swagger';

/** What a change of the members has begun. */
export class MemberChangeView {
  @ApiProperty({ example: 'node4' })
  nodeId!: string;

  @ApiProperty({
    enum: ['joining', 'member', 'leaving'],
    example: 'joining',
    description:
      'joining: the node may come, and has not yet; member: it was a member already; leaving: it goes ' +
      'as soon as no group counts on it.',
  })
  state!: 'joining' | 'member' | 'leaving';
}
