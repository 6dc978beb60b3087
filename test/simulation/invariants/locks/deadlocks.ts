import {
  covers,
  type LockPicture,
  type Mode,
  type PicturePlace,
  type PictureWaiter,
} from '../../checks/lock-picture.js';
import {
  allEdges,
  cycleThrough,
  onCycle,
  queuesOf,
  type GraphEdge,
} from '../../checks/wait-graph.js';
import { expectPromise } from '../../world/violation.js';

type Queues = Map<string, readonly PicturePlace[]>;

export interface Requester {
  readonly party: string;
  readonly owner: string;
  readonly locks: readonly { readonly name: string; readonly mode: Mode }[];
}

export interface NamedEdge {
  readonly owner: string;
  readonly waitsFor: string;
  readonly lock: string;
}

/** Places whose orderings are tried to see whether a request need not have been refused. */
const PASSABLE_PLACES_MAX = 6;

/** Every real deadlock is found: no two wait for each other in the end. */
export function expectNoDeadlock(picture: LockPicture, queues: Queues): void {
  const edges = allEdges(picture, queues);
  for (const { waiterId, party } of picture.waiters.values()) {
    const cycle = cycleThrough(edges, party);
    expectPromise(cycle === null, 'every deadlock is found when it closes', {
      waiterId,
      party,
      cycle,
      ...describeAll(picture, queues),
    });
  }
}

/** Whether the request would wait for itself, behind all who wait already. */
export function closesCycle(picture: LockPicture, requester: Requester): boolean {
  return onCycle(allEdges(picture, withRequest(picture, requester)), requester.party);
}

/**
 * No false deadlock: the refused request would have waited for itself, and not only because it
 * queued behind waiting multi-locks that could have let it pass; and the cycle that is named is one.
 */
export function expectRealDeadlock(
  picture: LockPicture,
  requester: Requester,
  cycle: readonly NamedEdge[],
): void {
  const queues = withRequest(picture, requester);
  const edges = allEdges(picture, queues);
  expectPromise(onCycle(edges, requester.party), 'a refused request would have closed a cycle', {
    requester,
    edges,
  });
  const passable = passablePlaces(picture, queues, requester);
  expectNamedCycle(cycle, edges, passable.length > 0);
  // Else it would wait for itself also if it waited for no multi-lock that is ahead of it.
  const onlyBehind = !onCycle(withoutWaitsFor(edges, passable, requester), requester.party);
  if (!onlyBehind || passable.length > PASSABLE_PLACES_MAX) return;
  for (let choice = 1; choice < 2 ** passable.length; choice += 1) {
    const passed = passable.filter((_, bit) => Math.floor(choice / 2 ** bit) % 2 === 1);
    const reordered = allEdges(picture, withPassed(queues, passed));
    const parties = [requester.party, ...passed.map(({ waiter }) => waiter.party)];
    expectPromise(
      parties.some((party) => onCycle(reordered, party)),
      'a request is not refused that only waits behind a multi-lock',
      {
        requester,
        cycle,
        passed: passed.map(({ name, waiter }) => [name, waiter.waiterId]),
        ...describeAll(picture, queues),
      },
    );
  }
}

function expectNamedCycle(
  cycle: readonly NamedEdge[],
  edges: readonly GraphEdge[],
  reordered: boolean,
): void {
  cycle.forEach((edge, position) => {
    const next = cycle[(position + 1) % cycle.length];
    const real = edges.some(({ owner, targetOwner, lock }) => {
      return owner === edge.owner && targetOwner === edge.waitsFor && lock === edge.lock;
    });
    expectPromise(
      next?.owner === edge.waitsFor && (real || reordered),
      'the cycle that is named is there',
      { cycle, edge },
    );
  });
}

/** The queues as they would be with the request in its places. */
function withRequest(picture: LockPicture, { party, owner, locks }: Requester): Queues {
  const queues: Queues = queuesOf(picture);
  const places: PicturePlace[] = [];
  const waiterId = Number.POSITIVE_INFINITY;
  const waiter: PictureWaiter = { waiterId, party, owner, places, term: 0 };
  for (const { name, mode } of locks) {
    const place = { waiter, name, mode, rank: waiterId };
    places.push(place);
    const queue = [...(queues.get(name) ?? [])];
    queue.splice(positionOf(picture, queue, place), 0, place);
    queues.set(name, queue);
  }
  return queues;
}

/** Upgrades stand at the head; who waits there already stands with its first; others come last. */
function positionOf(
  picture: LockPicture,
  queue: readonly PicturePlace[],
  place: PicturePlace,
): number {
  const upgrades = queue.filter((other) => picture.isUpgrade(other)).length;
  if (picture.isUpgrade(place)) return upgrades;
  const rank = rankOf(picture, queue, place);
  return queue.filter((other, position) => position < upgrades || other.rank <= rank).length;
}

/** Behind those who were given the same rank before. */
function rankOf(
  picture: LockPicture,
  queue: readonly PicturePlace[],
  { mode, waiter }: PicturePlace,
): number {
  const isOwn = (other: PicturePlace): boolean =>
    other.waiter.party === waiter.party && !picture.isUpgrade(other);
  const covering = queue.find((other) => isOwn(other) && covers(other.mode, mode));
  if (covering !== undefined) return covering.rank;
  const first = queue.findIndex(isOwn);
  if (first === -1) return Number.POSITIVE_INFINITY;
  let last = first;
  while (queue[last]?.mode === 'shared' && queue[last + 1]?.mode === 'shared') last += 1;
  // Half a rank behind the whole run of readers that its first is part of.
  return Math.floor(queue[last]?.rank ?? 0) + 0.5;
}

/** The graph without what the request itself waits for at these places. */
function withoutWaitsFor(
  edges: readonly GraphEdge[],
  passable: readonly PicturePlace[],
  requester: Requester,
): readonly GraphEdge[] {
  return edges.filter(({ party, target, lock, holds }) => {
    const ahead = passable.some((place) => place.name === lock && place.waiter.party === target);
    return party !== requester.party || holds || !ahead;
  });
}

/**
 * Places of waiting multi-locks, which hold nothing yet, that the request would wait behind: behind
 * none where its party holds enough already.
 */
function passablePlaces(
  picture: LockPicture,
  queues: Queues,
  { party, locks }: Requester,
): readonly PicturePlace[] {
  return locks.flatMap(({ name }) => {
    const queue = queues.get(name) ?? [];
    const at = queue.findIndex(({ waiter }) => waiter.waiterId === Number.POSITIVE_INFINITY);
    const own = queue[at];
    if (own === undefined || picture.isCovered(own)) return [];
    return queue.slice(0, at).filter((place) => {
      const { waiter } = place;
      return waiter.places.length > 1 && waiter.party !== party && !picture.isUpgrade(place);
    });
  });
}

function withPassed(queues: Queues, passed: readonly PicturePlace[]): Queues {
  const reordered: Queues = new Map(queues);
  for (const place of passed) {
    const queue = (reordered.get(place.name) ?? []).filter((other) => other !== place);
    reordered.set(place.name, [...queue, place]);
  }
  return reordered;
}

function describeAll(picture: LockPicture, queues: Queues): Readonly<Record<string, unknown>> {
  return {
    holds: [...picture.holds.values()].map(({ name, party, mode }) => `${name} ${party} ${mode}`),
    queues: [...queues].map(([name, queue]) => [name, queue.map(describe)]),
  };
}

function describe({ waiter, mode, rank }: PicturePlace): string {
  return `${waiter.waiterId} ${waiter.party} ${mode} ${rank}`;
}
