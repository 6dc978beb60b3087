import type { LockRecord } from '../../linearizability/lock-history.js';
import { KEPT_PREFIX } from '../clients/locks/others.js';
import type { ChaosNode } from '../cluster/chaos-node.js';
import type { Sample } from '../observe/sampler.js';
import { found, type Finding } from './check.js';

/** A lock in a list, without what only its leader knows. */
export interface ListedLock {
  readonly name: string;
  readonly holders: readonly { readonly owner: string; readonly token: number }[];
  /** Owners. */
  readonly queue: readonly string[];
}

/** No two nodes are named as leader of one term. */
export function checkLeaders(samples: readonly Sample[]): Finding {
  const leaders = new Map<number, string>();
  const violations = new Set<string>();
  for (const { leader, term } of samples) {
    if (leader === null) continue;
    const known = leaders.get(term) ?? leader;
    leaders.set(term, known);
    if (known !== leader) violations.add(`term ${term} is led by ${known} and by ${leader}`);
  }
  return found('a term has one leader', `${leaders.size} terms`, [...violations]);
}

/** No process ended unasked, hung at its end, or wrote of a broken invariant. */
export function checkProcesses(nodes: readonly ChaosNode[]): Finding {
  const violations = nodes.flatMap(({ unaskedExits, brokenLines }) => [
    ...unaskedExits.map(({ nodeId, at, code, signal, lastLines }) => {
      const how = signal ?? `code ${code}`;
      return `${nodeId} ended with ${how} at ${at.toFixed(0)} ms:\n${lastLines.join('\n')}`;
    }),
    ...brokenLines,
  ]);
  const stops = nodes.reduce((sum, { diskStops }) => sum + diskStops, 0);
  const seen = `${nodes.length} nodes; ${stops} stopped rightly of a failed write`;
  return found('no process ends by itself, hangs, or finds an invariant broken', seen, violations);
}

/** What was acknowledged and never given back is there at the end, whatever happened since. */
export function checkKept(records: readonly LockRecord[], listed: readonly ListedLock[]): Finding {
  const there = new Map(listed.map((lock) => [lock.name, lock]));
  const violations: string[] = [];
  let acknowledged = 0;
  for (const { input, output, returnedAt } of records) {
    if (input.kind !== 'acquire' || output?.status !== 'granted') continue;
    for (const { name, token } of output.locks) {
      if (!name.startsWith(KEPT_PREFIX)) continue;
      acknowledged += 1;
      const holders = there.get(name)?.holders ?? [];
      if (holders.some((held) => held.owner === input.owner && held.token === token)) continue;
      violations.push(
        `${name} (token ${token}, acknowledged at ${returnedAt?.toFixed(0)} ms) is held by ${JSON.stringify(holders)}`,
      );
    }
  }
  return found('no acknowledged lock is lost', `${acknowledged} locks kept to the end`, violations);
}

/** Nobody waits for ever for a lock that nobody holds. */
export function checkWaiters(listed: readonly ListedLock[]): Finding {
  const violations = listed
    .filter(({ queue }) => queue.length > 0)
    .map(({ name, queue }) => `${queue.join()} still wait for ${name}`);
  return found('no waiter is left behind', `${listed.length} locks`, violations);
}

/** A run in which nothing was granted proves nothing. */
export function checkProgress(
  records: readonly LockRecord[],
  nodes: readonly string[],
  writes: number,
): Finding {
  const granted = records.filter(({ output }) => output?.status === 'granted');
  const violations = nodes
    .filter((nodeId) => granted.every(({ node }) => node !== nodeId))
    .map((nodeId) => `${nodeId} has answered no grant`);
  if (writes === 0) violations.push('the storage was never written to');
  const seen = `${granted.length} grants, ${writes} writes under a lock`;
  return found('the run has proved something: grants at every node', seen, violations);
}
