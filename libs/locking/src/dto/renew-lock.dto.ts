import { IsIntegerBetween } from '@sinkron/http';
import { TTL_MS_MAX, TTL_MS_MIN } from '../core/limits.js';
import { MayBeAbsent } from './lock-fields.js';
import { ReleaseLockDto } from './release-lock.dto.js';

/** Body of a renewal. */
export class RenewLockDto extends ReleaseLockDto {
  @MayBeAbsent()
  @IsIntegerBetween(TTL_MS_MIN, TTL_MS_MAX, {
    required: false,
    example: 60_000,
    description: 'Another time to live from now on, milliseconds; left out, it stays as it is.',
  })
  ttlMs?: number;
}
