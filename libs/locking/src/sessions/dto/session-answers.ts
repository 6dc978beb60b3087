import { ApiProperty } from '@nestjs/swagger';

/** Answer of a new session and of a keep-alive. */
export class SessionLeaseAnswer {
  @ApiProperty({ example: '9f2c4e6a8b0d1f3c5e7a9b1d3f5c7e9a' })
  sessionId!: string;

  @ApiProperty({ type: 'integer', example: 15_000 })
  ttlMs!: number;

  @ApiProperty({
    description: 'When the session ends unless kept alive, by the clock of the cluster.',
    format: 'date-time',
    example: '2026-09-01T12:00:15.000Z',
  })
  expiresAt!: string;
}

/** One session. */
export class SessionDetail extends SessionLeaseAnswer {
  @ApiProperty({ type: String, nullable: true, example: 'invoice worker on build-3' })
  name!: string | null;

  @ApiProperty({ type: 'integer', example: 0 })
  lockDelayMs!: number;

  @ApiProperty({ description: 'How many locks it holds.', type: 'integer', example: 3 })
  locks!: number;
}

/** One page of sessions in byte order of their ids. */
export class SessionList {
  @ApiProperty({ type: [SessionDetail] })
  sessions!: SessionDetail[];

  @ApiProperty({
    description: 'Give it as `cursor` for the next page; null at the end.',
    type: String,
    nullable: true,
    example: null,
  })
  nextCursor!: string | null;
}
