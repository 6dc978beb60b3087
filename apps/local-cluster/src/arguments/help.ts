import { NODES_MAX, PEER_PORT_OFFSET } from '../limits.js';
import { DEFAULT_BASE_PORT, DEFAULT_DATA_FOLDER, DEFAULT_NODES } from './arguments.js';
import { ALL_ROLES } from './roles.js';

/** What `npm start -- --help` prints. */
export function helpText(): string {
  return `Starts a Sinkron cluster on this machine.

  npm start                               ${DEFAULT_NODES} nodes, HTTP ${DEFAULT_BASE_PORT} to ${DEFAULT_BASE_PORT + DEFAULT_NODES - 1}, data in ${DEFAULT_DATA_FOLDER}/
  npm start -- --nodes 3 --base-port 8101 --data /tmp/other

Options
  --nodes <n>            how many nodes, 1 to ${NODES_MAX} (${DEFAULT_NODES})
  --base-port <port>     HTTP port of node1, the others follow (${DEFAULT_BASE_PORT}); peer ports are ${PEER_PORT_OFFSET} higher
  --data <folder>        where the nodes keep their data (${DEFAULT_DATA_FOLDER})
  --fresh                empty the data folder first (only one that a local cluster has made; Redis stays)
  --roles <list>         what the nodes do: any of ${ALL_ROLES.join(',')} (all)
                         one list for all nodes, --roles locks,queues
                         or by node, --roles "node1:locks;node2:queues,caches"; the rest have all
  --queue-store <store>  replicated or redis (replicated)
  --cache-store <store>  replicated or redis (replicated)
  --redis-url <url>      the Redis server of these stores (the environment's REDIS_URL)
  --help                 this text

The nodes also take SHARDS, REPLICATION_FACTOR, LOG_LEVEL and the other variables of .env.example
from the environment. Ctrl-C stops all nodes and keeps the data; a second Ctrl-C kills them.

While it runs, type
${TERMINAL_HELP}`;
}

/** What `help` prints in the terminal of a running cluster. */
export const TERMINAL_HELP = `  status                 the nodes, and who leads
  kill 2                 SIGKILL to node2, as if it lost power
  pause 2, resume 2      SIGSTOP and SIGCONT, as if it hung
  stop 2, start 2        SIGTERM, and start again (start also resumes a paused node)
  help, quit
`;
