import { unreachable } from '@sinkron/invariant';
import { openClients } from './clients/open-clients.js';
import { LoadFailure, type LockClient } from './lock-client.js';
import type { LoadOrder, LoadOutcome, LoadRequest } from './orders.js';
import type { QueueOrder } from './queues/queue-orders.js';
import { runQueueOrder } from './queues/run-queue-order.js';
import { runHandOver } from './scenarios/hand-over.js';
import { runOpenLoop } from './scenarios/open-loop.js';
import { runPairs } from './scenarios/pairs.js';
import { runRecovery } from './scenarios/recovery.js';
import { runRenew } from './scenarios/renew.js';
import { createSessions, openConnections, runSessions } from './scenarios/sessions.js';
import { Tally } from './tally.js';

type ClientOrder = Exclude<LoadOrder, { kind: 'sessions' }>;

/**
 * Does what it is asked, over connections of its own.
 *
 * @param onMeasuring is called when the warm-up is over.
 */
export async function runOrder(
  { target, order }: LoadRequest,
  onMeasuring: () => void,
): Promise<LoadOutcome> {
  if (isQueueOrder(order)) return await runQueueOrder(target, order, onMeasuring);
  if (order.kind === 'sessions') {
    if (target.kind !== 'sinkron') throw new LoadFailure('NOT_COMPARABLE', 'sessions');
    const connections = openConnections(target.urls, order.clients);
    try {
      const ids = await createSessions(connections, order.sessions, order.ttlMs);
      const tally = new Tally(order.window, onMeasuring);
      await runSessions(connections, ids, order.keepAliveMs, tally);
      return tally.outcome();
    } finally {
      await Promise.all(connections.map(async (connection) => await connection.close()));
    }
  }
  const clients = await openClients(target, {
    count: order.clients + (order.kind === 'recovery' ? order.probers : 0),
    session: order.kind === 'pairs' && order.session,
    roaming: order.kind === 'recovery',
  });
  try {
    const tally = new Tally(order.window, onMeasuring);
    await runWithClients(order, clients, tally);
    return tally.outcome();
  } finally {
    await Promise.all(clients.map(async (client) => await client.close()));
  }
}

function isQueueOrder(order: LoadOrder | QueueOrder): order is QueueOrder {
  return order.kind === 'publish' || order.kind === 'consume' || order.kind === 'end-to-end';
}

async function runWithClients(
  order: ClientOrder,
  clients: readonly LockClient[],
  tally: Tally,
): Promise<void> {
  switch (order.kind) {
    case 'pairs':
      await runPairs(clients, order.mode, tally);
      return;
    case 'open-loop':
      await runOpenLoop(clients, order.pairsPerSecond, tally);
      return;
    case 'hand-over':
      await runHandOver(clients, order.holdMs, tally);
      return;
    case 'renew':
      await runRenew(clients, tally);
      return;
    case 'recovery':
      await runRecovery(
        clients.slice(0, order.clients),
        clients.slice(order.clients),
        { killPid: order.killPid, warmUpMs: order.window.warmUpMs },
        tally,
      );
      return;
    default:
      unreachable(order);
  }
}
