import { ApiProperty } from '@nestjs/swagger';
import { IsIntegerBetween } from '@sinkron/http';
import { OWNER_CHARS_MAX, TOKEN_MAX } from '../core/limits.js';
import { IsOwner } from './lock-fields.js';

/** Body of a release. */
export class ReleaseLockDto {
  @ApiProperty({
    description: 'The owner that acquired the lock; the sessionId when there was no owner.',
    example: 'worker-7',
    minLength: 1,
    maxLength: OWNER_CHARS_MAX,
  })
  @IsOwner()
  owner!: string;

  @IsIntegerBetween(1, TOKEN_MAX, { description: 'The token of the grant.', example: 42 })
  token!: number;
}
