import { pathToFileURL } from 'node:url';
import { unreachable } from '@sinkron/invariant';
import { LoadFailure, type LoadTarget, type LockClient } from '../lock-client.js';
import { HttpConnection } from './http-connection.js';
import { SinkronClient, successBody } from './sinkron-client.js';

/** Sessions of the bench outlive any scenario without keep-alives. */
const SESSION_TTL_MS = 600_000;

export interface ClientOptions {
  readonly count: number;
  /** Whether all their locks belong to one session (lease) that is there already. */
  readonly session: boolean;
  /** Whether a client goes on with another node when its own fails; peers' clients do anyway. */
  readonly roaming: boolean;
}

/** What a file of bench/peers exports. */
interface PeerModule {
  connect(options: {
    endpoints: readonly string[];
    clients: number;
    session: boolean;
  }): Promise<readonly LockClient[]>;
}

/** Opens clients that are spread over the nodes of the target as evenly as may be. */
export async function openClients(
  target: LoadTarget,
  options: ClientOptions,
): Promise<readonly LockClient[]> {
  const { count, session } = options;
  switch (target.kind) {
    case 'sinkron':
      return await openSinkronClients(target.urls, options);
    case 'peer': {
      const module: unknown = await import(pathToFileURL(target.moduleFile).href);
      if (!isPeerModule(module)) throw new Error(`${target.moduleFile} exports no connect()`);
      return await module.connect({ endpoints: target.endpoints, clients: count, session });
    }
    default:
      return unreachable(target);
  }
}

/** One connection each; fewer clients than nodes go round the nodes, a pair at each. */
async function openSinkronClients(
  urls: readonly string[],
  { count, session, roaming }: ClientOptions,
): Promise<readonly SinkronClient[]> {
  const sessionId = session ? await openSession(urls[0] ?? '') : null;
  return Array.from({ length: count }, (_, index) => {
    const first = index % urls.length;
    const mine = [...urls.slice(first), ...urls.slice(0, first)];
    const used = roaming || count < urls.length ? mine : mine.slice(0, 1);
    const connections = used.map((url) => new HttpConnection(url));
    return new SinkronClient(connections, { sessionId, roaming });
  });
}

/** Opens a session through one node; returns its id. */
export async function openSession(url: string, ttlMs = SESSION_TTL_MS): Promise<string> {
  const connection = new HttpConnection(url);
  try {
    const answer = await connection.send('POST', '/v1/sessions', { ttlMs });
    const { sessionId } = successBody(answer, 'open a session');
    if (typeof sessionId === 'string') return sessionId;
    throw new LoadFailure('NO_SESSION', answer.text);
  } finally {
    await connection.close();
  }
}

function isPeerModule(module: unknown): module is PeerModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'connect' in module &&
    typeof module.connect === 'function'
  );
}
