import { pathToFileURL } from 'node:url';
import { unreachable } from '@sinkron/invariant';
import type { LoadTarget } from '../lock-client.js';
import type { QueueClient } from './queue-client.js';
import { SinkronQueueClient } from './sinkron-queue-client.js';

/** What a file of bench/peers with queues exports. */
interface QueuePeerModule {
  connectQueues(options: {
    endpoints: readonly string[];
    clients: number;
    topics: readonly string[];
  }): Promise<readonly QueueClient[]>;
}

/** Opens clients that are spread over the nodes of the target, a connection each. */
export async function openQueueClients(
  target: LoadTarget,
  count: number,
  topics: readonly string[],
): Promise<readonly QueueClient[]> {
  switch (target.kind) {
    case 'sinkron':
      return Array.from({ length: count }, (_, index) => {
        return new SinkronQueueClient(target.urls[index % target.urls.length] ?? '');
      });
    case 'peer': {
      const module: unknown = await import(pathToFileURL(target.moduleFile).href);
      if (!isQueuePeer(module)) throw new Error(`${target.moduleFile} exports no connectQueues()`);
      const { endpoints } = target;
      return await module.connectQueues({ endpoints, clients: count, topics });
    }
    default:
      return unreachable(target);
  }
}

function isQueuePeer(module: unknown): module is QueuePeerModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'connectQueues' in module &&
    typeof module.connectQueues === 'function'
  );
}
