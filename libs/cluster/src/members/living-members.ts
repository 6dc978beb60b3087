import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, nodeId, type SinkronConfiguration } from '@sinkron/config';
import { PeerTransport } from '@sinkron/transport';
import { SUSPECT_AFTER_MS } from '../core/failure-limits.js';
import { StatusService } from '../status/status.service.js';

/** Which members the changes of replicas may count on. Nothing that must be right depends on it. */
@Injectable()
export class LivingMembers {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: SinkronConfiguration,
    private readonly status: StatusService,
    private readonly transport: PeerTransport,
  ) {}

  isAlive(node: string): boolean {
    if (node === this.configuration.nodeId || this.status.memberStatus(node) !== 'dead')
      return true;
    // Who has come this very moment has not told its status yet; the bound is far below that of the dead.
    const heardMs = this.transport.status(nodeId(node))?.lastHeardMs ?? null;
    return heardMs !== null && heardMs <= SUSPECT_AFTER_MS;
  }
}
