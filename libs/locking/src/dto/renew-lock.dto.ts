import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { TTL_MS_MAX, TTL_MS_MIN } from '../core/limits.js';
import { MayBeAbsent } from './lock-fields.js';
import { ReleaseLockDto } from './release-lock.dto.js';

/** Body of a renewal. */
export class RenewLockDto extends ReleaseLockDto {
  @ApiPropertyOptional({
    description: 'Another time to live from now on, milliseconds; left out, it stays as it is.',
    minimum: TTL_MS_MIN,
    maximum: TTL_MS_MAX,
    example: 60_000,
  })
  @MayBeAbsent()
  @IsInt()
  @Min(TTL_MS_MIN)
  @Max(TTL_MS_MAX)
  ttlMs?: number;
}
