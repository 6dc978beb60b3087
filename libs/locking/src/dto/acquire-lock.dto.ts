import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { LOCK_MODES, type LockMode } from '../core/commands/holder.js';
import { AcquireFieldsDto } from './acquire-fields.dto.js';
import { MayBeAbsent } from './lock-fields.js';

/** Body of an acquire. */
export class AcquireLockDto extends AcquireFieldsDto {
  @ApiPropertyOptional({
    description: 'Shared holders hold the lock together, an exclusive one alone.',
    enum: LOCK_MODES,
    default: 'exclusive',
  })
  @MayBeAbsent()
  @IsIn(LOCK_MODES)
  mode?: LockMode;
}
