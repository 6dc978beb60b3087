import type { PeerAddress } from '../configuration.js';
import { NODE_ID_LENGTH_MAX, PEERS_COUNT_MAX } from '../limits.js';
import { isNodeId, type NodeId } from '../node-id.js';
import type { EnvironmentReader } from './environment-reader.js';
import { hostAndPort, parseHostAndPort } from './host.js';

const EXAMPLE = 'node1=127.0.0.1:9001,node2=127.0.0.1:9002';

/**
 * Reads `PEERS`, all nodes of the cluster as it is first formed.
 *
 * @returns the peers sorted by node id; this node alone when `PEERS` is unset or refused.
 */
export function readPeers(
  reader: EnvironmentReader,
  self: { readonly nodeId: NodeId; readonly peerHost: string; readonly peerPort: number },
): readonly PeerAddress[] {
  const alone = [{ nodeId: self.nodeId, host: self.peerHost, port: self.peerPort }];
  const entries = reader.list('PEERS');
  if (entries === undefined) return alone;
  if (entries.length > PEERS_COUNT_MAX) {
    reader.refuse('PEERS', {
      got: `a list of ${entries.length} nodes`,
      wants: `a list of at most ${PEERS_COUNT_MAX} nodes`,
      fix: 'remove the nodes that are too many',
    });
    return alone;
  }
  const peers = readEntries(reader, entries);
  if (peers === undefined || !refuseDuplicates(reader, peers)) return alone;
  if (!refuseForeignList(reader, peers, self)) return alone;
  return peers.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}

function readEntries(
  reader: EnvironmentReader,
  entries: readonly string[],
): readonly PeerAddress[] | undefined {
  const peers: PeerAddress[] = [];
  for (const entry of entries) {
    const separator = entry.indexOf('=');
    const id = entry.slice(0, Math.max(separator, 0));
    const address = parseHostAndPort(entry.slice(separator + 1));
    if (!isNodeId(id) || address === undefined) {
      reader.refuse('PEERS', {
        got: `a list with the entry ${JSON.stringify(entry)}`,
        wants: `a comma-separated list of id=host:port, each id 1 to ${NODE_ID_LENGTH_MAX} characters of a-z, 0-9 and -`,
        fix: `write it like ${EXAMPLE}`,
      });
      return undefined;
    }
    peers.push({ nodeId: id, ...address });
  }
  return peers;
}

/** @returns whether there were none. */
function refuseDuplicates(reader: EnvironmentReader, peers: readonly PeerAddress[]): boolean {
  const ids = new Set<string>();
  const addresses = new Set<string>();
  for (const { nodeId, host, port } of peers) {
    const address = hostAndPort(host.toLowerCase(), port);
    if (ids.has(nodeId) || addresses.has(address)) {
      reader.refuse('PEERS', {
        got: `a list that has ${ids.has(nodeId) ? `the id ${nodeId}` : `the address ${address}`} twice`,
        wants: 'a list in which every id and every address is there once',
        fix: 'give each node an id and a host:port of its own',
      });
      return false;
    }
    ids.add(nodeId);
    addresses.add(address);
  }
  return true;
}

/** @returns whether this node, as far as it knows itself, is in the list, with the port on which it listens. */
function refuseForeignList(
  reader: EnvironmentReader,
  peers: readonly PeerAddress[],
  self: { readonly nodeId: NodeId; readonly peerHost: string; readonly peerPort: number },
): boolean {
  // Compared with a fallback, a right list would be called wrong too.
  if (reader.refused('NODE_ID') || reader.refused('PEER_PORT')) return true;
  const entry = peers.find((peer) => peer.nodeId === self.nodeId);
  if (entry === undefined) {
    reader.refuse('PEERS', {
      got: `a list of ${peers.map((peer) => peer.nodeId).join(', ')}`,
      wants: `a list that contains this node, whose NODE_ID is ${self.nodeId}`,
      fix: `add ${self.nodeId}=${hostAndPort(self.peerHost, self.peerPort)} to PEERS or correct NODE_ID`,
    });
    return false;
  }
  if (entry.port !== self.peerPort) {
    reader.refuse('PEERS', {
      got: `a list in which ${self.nodeId} has the port ${entry.port}`,
      wants: `a list that gives this node its PEER_PORT, which is ${self.peerPort}`,
      fix: `set PEER_PORT=${entry.port} or correct the entry of ${self.nodeId}`,
    });
    return false;
  }
  return true;
}
