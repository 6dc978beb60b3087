import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ValidateBy } from 'class-validator';
import type { SeekTarget } from '../core/commands/topic-command.js';
import { readMessageId } from '../core/message/message-id.js';
import { isInstant } from './texts.js';

const TARGETS = 'must be "earliest", "latest", {"id": …} or {"time": …}';

/** A message of the topic, for the OpenAPI document. */
export class SeekToIdDto {
  @ApiProperty({ description: 'The id of a message of the topic.', example: '1-2s' })
  id!: string;
}

/** A point in time, for the OpenAPI document. */
export class SeekToTimeDto {
  @ApiProperty({
    description: 'The first message published at or after it.',
    format: 'date-time',
    example: '2026-09-01T12:00:00.000Z',
  })
  time!: string;
}

/** Body of a seek. */
@ApiExtraModels(SeekToIdDto, SeekToTimeDto)
export class SeekDto {
  @ApiProperty({
    description: 'Where the group goes on: it sees everything that is stored from there on.',
    oneOf: [
      { type: 'string', enum: ['earliest', 'latest'] },
      { $ref: getSchemaPath(SeekToIdDto) },
      { $ref: getSchemaPath(SeekToTimeDto) },
    ],
    example: 'earliest',
  })
  @ValidateBy({
    name: 'isSeekTarget',
    validator: {
      validate: (value: unknown) => seekTarget(value) !== undefined,
      defaultMessage: () => TARGETS,
    },
  })
  to!: unknown;
}

/** What a `to` means; undefined: nothing. */
export function seekTarget(to: unknown): SeekTarget | undefined {
  if (to === 'earliest' || to === 'latest') return { kind: to };
  if (typeof to !== 'object' || to === null) return undefined;
  const [member, ...others] = Object.entries(to);
  if (member === undefined || others.length > 0) return undefined;
  const [name, value] = member as [string, unknown];
  if (typeof value !== 'string') return undefined;
  if (name === 'id' && readMessageId(value) !== undefined) return { kind: 'id', id: value };
  if (name === 'time' && isInstant(value)) {
    return { kind: 'time', timeMs: Math.max(0, Date.parse(value)) };
  }
  return undefined;
}
