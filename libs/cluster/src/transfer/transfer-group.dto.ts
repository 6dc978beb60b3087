import { ApiProperty } from '@nestjs/swagger';
import { isNodeId } from '@sinkron/config';
import { ValidateBy } from 'class-validator';

/** The body of `POST /v1/cluster/groups/{id}/transfer`. */
export class TransferGroupDto {
  @ApiProperty({ type: String, example: 'node2', description: 'The node that is to lead.' })
  @ValidateBy({
    name: 'isNodeId',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isNodeId(value),
      defaultMessage: () => '$property must be the id of a node',
    },
  })
  readonly to!: string;
}
