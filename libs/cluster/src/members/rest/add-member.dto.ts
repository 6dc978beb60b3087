import { ApiProperty } from '@nestjs/swagger';
import { isNodeId, parseHostAndPort, ROLES } from '@sinkron/config';
import { ValidateBy } from 'class-validator';

const ADDRESS_CHARS_MAX = 260;

/** The body of `POST /v1/cluster/members`. */
export class AddMemberDto {
  @ApiProperty({
    type: String,
    example: 'node4',
    description: 'The NODE_ID of the new node: 1 to 64 characters of a-z, 0-9 and -.',
    pattern: '^[a-z0-9-]{1,64}$',
  })
  @ValidateBy({
    name: 'isNodeId',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isNodeId(value),
      defaultMessage: () => '$property must be 1 to 64 characters of a-z, 0-9 and -',
    },
  })
  nodeId!: string;

  @ApiProperty({
    type: String,
    example: '127.0.0.1:9004',
    maxLength: ADDRESS_CHARS_MAX,
    description:
      'host:port where its peers reach the new node, IPv6 addresses in brackets. The host must resolve.',
  })
  @ValidateBy({
    name: 'isAddress',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' &&
        value.length <= ADDRESS_CHARS_MAX &&
        parseHostAndPort(value) !== undefined,
      defaultMessage: () => '$property must be host:port, like 127.0.0.1:9004',
    },
  })
  address!: string;

  @ApiProperty({
    type: [String],
    enum: ROLES,
    example: ['locks', 'queues', 'caches', 'ledger'],
    minItems: 1,
    maxItems: ROLES.length,
    uniqueItems: true,
    description: 'What the new node is for: the same as its ROLES.',
  })
  @ValidateBy({
    name: 'isListOfRoles',
    validator: {
      validate: isListOfRoles,
      defaultMessage: () => `$property must be a list of ${ROLES.join(', ')}, each at most once`,
    },
  })
  roles!: string[];
}

function isListOfRoles(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  const known: readonly unknown[] = ROLES;
  return new Set(value).size === value.length && value.every((role) => known.includes(role));
}
