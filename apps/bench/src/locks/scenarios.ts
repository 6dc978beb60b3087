import type { Scenario } from '../measuring/scenario.js';
import type { SystemKind } from '../systems/system-under-test.js';

const EVERYBODY: readonly SystemKind[] = ['sinkron', 'etcd', 'redis'];
const CONNECTIONS = [1, 16, 64, 256];
const OPEN_LOOP_PAIRS_PER_SECOND = 500;
const OPEN_LOOP_CLIENTS = 64;
const CONTENDERS = 8;
const HOLD_MS = 10;
const CLIENTS = 64;

const UNCONTENDED: readonly Scenario[] = CONNECTIONS.map((clients) => ({
  id: `pairs-${clients}`,
  title: `acquire + release, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
  rate: 'pairs/s',
  latency: 'pair',
  systems: EVERYBODY,
  order: (window) => ({ kind: 'pairs', clients, mode: 'exclusive', session: false, window }),
}));

/** All scenarios that are measured side by side, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  ...UNCONTENDED,
  {
    id: `session-${CLIENTS}`,
    title: `acquire + release in one session (lease), ${CLIENTS} clients`,
    rate: 'pairs/s',
    latency: 'pair',
    systems: ['sinkron', 'etcd'],
    order: (window) => ({
      kind: 'pairs',
      clients: CLIENTS,
      mode: 'exclusive',
      session: true,
      window,
    }),
  },
  {
    id: `open-loop-${OPEN_LOOP_PAIRS_PER_SECOND}`,
    title: `acquire + release, begun ${OPEN_LOOP_PAIRS_PER_SECOND} times a second`,
    rate: 'pairs/s',
    latency: 'pair',
    systems: EVERYBODY,
    order: (window) => ({
      kind: 'open-loop',
      clients: OPEN_LOOP_CLIENTS,
      pairsPerSecond: OPEN_LOOP_PAIRS_PER_SECOND,
      window,
    }),
  },
  {
    id: 'hand-over',
    title: `hand-over of one lock, ${CONTENDERS} contenders, held ${HOLD_MS} ms`,
    rate: 'hand-overs/s',
    latency: 'hand-over',
    systems: EVERYBODY,
    order: (window) => ({ kind: 'hand-over', clients: CONTENDERS, holdMs: HOLD_MS, window }),
  },
  {
    id: 'hand-over-busy',
    title: `hand-over of one lock, ${CONTENDERS} contenders, released at once`,
    rate: 'hand-overs/s',
    latency: 'hand-over',
    // Without a queue or a watch two of the clients pass it to and fro, and nobody else gets it.
    systems: ['sinkron', 'etcd'],
    order: (window) => ({ kind: 'hand-over', clients: CONTENDERS, holdMs: 0, window }),
  },
  {
    id: `shared-${CLIENTS}`,
    title: `shared acquire + release of one lock, ${CLIENTS} readers`,
    rate: 'pairs/s',
    latency: 'pair',
    systems: ['sinkron'],
    order: (window) => ({
      kind: 'pairs',
      clients: CLIENTS,
      mode: 'shared',
      session: false,
      window,
    }),
  },
  {
    id: `renew-${CLIENTS}`,
    title: `renewals of ${CLIENTS} held locks`,
    rate: 'renewals/s',
    latency: 'renew',
    systems: EVERYBODY,
    order: (window) => ({ kind: 'renew', clients: CLIENTS, window }),
  },
];

/** Measured once for each kill, apart from the rounds. */
export const FAILOVER = {
  id: 'failover',
  title: 'leader killed under load: until the next acquire',
  rate: null,
  latency: 'recovery',
  systems: ['sinkron', 'etcd'] as readonly SystemKind[],
  /** Milliseconds of load before the kill. */
  warmUpMs: 500,
  /** Milliseconds in which an acquire must succeed. */
  measureMs: 30_000,
  clientsPerNode: 4,
  probers: 256,
} as const;
