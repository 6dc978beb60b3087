import { isNodeId, type NodeId } from '@sinkron/config';
import { HTTP_URL_LENGTH_MAX, IDENTIFIER_LENGTH_MAX, ROLES_COUNT_MAX } from '../limits.js';
import { isRecord, isText } from '../wire/wire-value.js';

/** Who a node says it is. */
export interface PeerIdentity {
  readonly nodeId: NodeId;
  /** 128 random bits in hex, new for every start of the process. */
  readonly incarnation: string;
  /** Of its data folder, the same through restarts; null where it has none. */
  readonly diskId: string | null;
  readonly httpUrl: string;
  readonly roles: readonly string[];
  /** Null until the node has formed or joined a cluster. */
  readonly clusterId: string | null;
}

const INCARNATION_PATTERN = /^[0-9a-f]{32}$/;

/** Reads an identity from the wire; undefined when it is none. */
export function parsePeerIdentity(value: unknown): PeerIdentity | undefined {
  if (!isRecord(value)) return undefined;
  const { nodeId, incarnation, diskId, httpUrl, roles, clusterId } = value;
  if (typeof nodeId !== 'string' || !isNodeId(nodeId)) return undefined;
  if (typeof incarnation !== 'string' || !INCARNATION_PATTERN.test(incarnation)) return undefined;
  if (!isText(httpUrl, HTTP_URL_LENGTH_MAX) || !isClusterId(clusterId)) return undefined;
  if (!isIdentifierOrNull(diskId)) return undefined;
  if (!Array.isArray(roles) || roles.length > ROLES_COUNT_MAX) return undefined;
  const texts = roles.filter((role): role is string => isText(role, IDENTIFIER_LENGTH_MAX));
  if (texts.length !== roles.length) return undefined;
  return { nodeId, incarnation, diskId, httpUrl, roles: texts, clusterId };
}

/** Whether `value` can be a cluster id from the wire, null for none yet. */
export function isClusterId(value: unknown): value is string | null {
  return isIdentifierOrNull(value);
}

/** A cluster id excludes another only when both are known. */
export function clusterIdsDiffer(left: string | null, right: string | null): boolean {
  return left !== null && right !== null && left !== right;
}

function isIdentifierOrNull(value: unknown): value is string | null {
  return value === null || (isText(value, IDENTIFIER_LENGTH_MAX) && value.length > 0);
}
