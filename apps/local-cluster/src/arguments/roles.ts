import type { Role } from '@sinkron/config';
import { Refusal } from '../refusal.js';

// The values of @sinkron/config would bring Nest into the launcher, so only its type is used; the
// record makes the compiler compare the two.
const ROLE_SET: Readonly<Record<Role, true>> = {
  locks: true,
  queues: true,
  caches: true,
  ledger: true,
};
export const ALL_ROLES: readonly Role[] = Object.freeze(
  Object.keys(ROLE_SET).filter((name) => isRole(name)),
);

/**
 * Roles of each node, the first node first.
 *
 * @param text one list for all (`locks,queues`) or lists by node
 *   (`node1:locks,queues;node2:ledger`); a node that is not named has all roles.
 * @throws Refusal
 */
export function parseRoles(text: string | undefined, nodes: number): readonly (readonly Role[])[] {
  const roles: (readonly Role[])[] = Array.from({ length: nodes }, () => ALL_ROLES);
  if (text === undefined) return roles;
  if (!text.includes(':')) {
    roles.fill(parseList(text));
  } else {
    for (const part of text.split(';').filter((one) => one.trim() !== '')) {
      const [nodeId = '', list = ''] = part.split(':', 2);
      const number = Number(/^node([1-9]\d?)$/.exec(nodeId.trim())?.[1] ?? 0);
      if (number < 1 || number > nodes) {
        throw new Refusal(
          `--roles names "${nodeId.trim()}", but the nodes are node1 to node${nodes}: write for example --roles "node1:locks,queues;node2:ledger".`,
        );
      }
      roles[number - 1] = parseList(list);
    }
  }
  if (!roles.some((list) => list.includes('locks'))) {
    throw new Refusal(
      '--roles gives the role locks to no node, and without it nobody coordinates the cluster: give it to at least one node.',
    );
  }
  return roles;
}

function parseList(text: string): readonly Role[] {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !isRole(name));
  if (unknown !== undefined || names.length === 0) {
    throw new Refusal(
      `--roles has "${unknown ?? text.trim()}" where a role should be: use any of ${ALL_ROLES.join(', ')}, separated by commas.`,
    );
  }
  return ALL_ROLES.filter((role) => names.includes(role));
}

function isRole(name: string): name is Role {
  return Object.hasOwn(ROLE_SET, name);
}
