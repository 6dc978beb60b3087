import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIntegerBetween, IsListOf, IsName, NAME_BYTES_MAX } from '@sinkron/http';
import { IsIn } from 'class-validator';
import { LOCK_MODES, type LockMode } from '../core/commands/holder.js';
import {
  LOCKS_PER_COMMAND_MAX,
  OWNER_CHARS_MAX,
  TOKEN_MAX,
  TTL_MS_MAX,
  TTL_MS_MIN,
} from '../core/limits.js';
import { AcquireFieldsDto } from './acquire-fields.dto.js';
import { IsOwner, MayBeAbsent } from './lock-fields.js';

const COUNT = { countMin: 1, countMax: LOCKS_PER_COMMAND_MAX };

/** One lock of a multi-lock acquire. */
export class WantedLockDto {
  @ApiProperty({ example: 'orders/42', minLength: 1, maxLength: NAME_BYTES_MAX })
  @IsName()
  name!: string;

  @ApiPropertyOptional({ enum: LOCK_MODES, default: 'exclusive' })
  @MayBeAbsent()
  @IsIn(LOCK_MODES)
  mode?: LockMode;
}

/** Body of a multi-lock acquire. */
export class AcquireMultiLockDto extends AcquireFieldsDto {
  @IsListOf(() => WantedLockDto, COUNT, {
    description: 'The locks, their names distinct, in any order.',
    example: [{ name: 'orders/42' }, { name: 'stock', mode: 'shared' }],
  })
  locks!: readonly WantedLockDto[];
}

/** One hold of a multi-lock release or renewal. */
export class ClaimedHoldDto {
  @ApiProperty({ example: 'orders/42', minLength: 1, maxLength: NAME_BYTES_MAX })
  @IsName()
  name!: string;

  @IsIntegerBetween(1, TOKEN_MAX, { description: 'The token of the grant.', example: 42 })
  token!: number;
}

/** Body of a multi-lock release. */
export class ReleaseMultiLockDto {
  @ApiProperty({
    description: 'The owner that acquired the locks; the sessionId when there was no owner.',
    example: 'worker-7',
    minLength: 1,
    maxLength: OWNER_CHARS_MAX,
  })
  @IsOwner()
  owner!: string;

  @IsListOf(() => ClaimedHoldDto, COUNT, {
    description: 'The holds, the names of their locks distinct.',
    example: [
      { name: 'orders/42', token: 42 },
      { name: 'stock', token: 43 },
    ],
  })
  locks!: readonly ClaimedHoldDto[];
}

/** Body of a multi-lock renewal. */
export class RenewMultiLockDto extends ReleaseMultiLockDto {
  @MayBeAbsent()
  @IsIntegerBetween(TTL_MS_MIN, TTL_MS_MAX, {
    required: false,
    example: 60_000,
    description: 'Another time to live from now on, milliseconds; left out, it stays as it is.',
  })
  ttlMs?: number;
}
