import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { MayBeAbsent } from './message-fields.js';

export const STARTS = ['earliest', 'latest'] as const;

/** Body of the making of a group. */
export class CreateGroupDto {
  @ApiPropertyOptional({
    description:
      'What a new group sees: all that is stored, or only what is published from now on. A group ' +
      'that exists stays as it is.',
    enum: STARTS,
    default: 'earliest',
  })
  @MayBeAbsent()
  @IsIn(STARTS)
  from?: (typeof STARTS)[number];
}
