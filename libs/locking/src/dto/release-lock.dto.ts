import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { OWNER_CHARS_MAX, TOKEN_MAX } from '../core/limits.js';
import { IsOwner } from './lock-fields.js';

/** Body of a release. */
export class ReleaseLockDto {
  @ApiProperty({
    description: 'The owner that acquired the lock.',
    example: 'worker-7',
    minLength: 1,
    maxLength: OWNER_CHARS_MAX,
  })
  @IsOwner()
  owner!: string;

  @ApiProperty({
    description: 'The token of the grant.',
    example: 42,
    minimum: 1,
    maximum: TOKEN_MAX,
    type: 'integer',
  })
  @IsInt()
  @Min(1)
  @Max(TOKEN_MAX)
  token!: number;
}
