import { hostAndPort, type PeerAddress } from '@sinkron/config';
import type { FormationRecord } from '../core/formation.js';
import type { ListedMember } from '../core/members/members-list.js';

/** The founders as the first list of members has them, at the addresses that `PEERS` gave. */
export function founderMembers(
  { founders }: FormationRecord,
  peers: readonly PeerAddress[],
): readonly ListedMember[] {
  return founders.flatMap(({ nodeId, diskId, roles }) => {
    const peer = peers.find((candidate) => candidate.nodeId === nodeId);
    if (peer === undefined) return [];
    return [{ nodeId, address: hostAndPort(peer.host, peer.port), roles, diskId, leaving: false }];
  });
}
