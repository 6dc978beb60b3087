import fc from 'fast-check';
import { HashRing, type RingNode } from './hash-ring.js';

const node = (nodeId: string, weight = 1): RingNode => ({ nodeId, weight });
const nodes = (...ids: readonly string[]): readonly RingNode[] => ids.map((id) => node(id));
const clockwise = (ring: HashRing, name: string): readonly string[] =>
  [...ring.clockwiseFrom(name)].map((index) => ring.nodes[index]?.nodeId ?? '');

const anyNodes = fc
  .uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}$/), { minLength: 1, maxLength: 8 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) => fc.constantFrom(0.01, 0.5, 1, 2).map((weight) => node(id, weight))),
    ),
  );

/** Of many names: how many come to which node first. */
function firsts(ring: HashRing, names: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let index = 0; index < names; index += 1) {
    const [first = ''] = clockwise(ring, `name-${index}`);
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return counts;
}

describe('HashRing', () => {
  it('golden: the order of five nodes from four points', () => {
    const ring = new HashRing(nodes('node1', 'node2', 'node3', 'node4', 'node5'));
    expect(
      ['queues-0', 'queues-1', 'caches-0', 'caches-1'].map((name) => clockwise(ring, name)),
    ).toEqual([
      ['node4', 'node2', 'node3', 'node1', 'node5'],
      ['node3', 'node2', 'node5', 'node1', 'node4'],
      ['node5', 'node2', 'node4', 'node1', 'node3'],
      ['node3', 'node1', 'node2', 'node4', 'node5'],
    ]);
  });

  it('meets each node once, whatever the order in which they were given', () => {
    fc.assert(
      fc.property(anyNodes, fc.string(), (given, name) => {
        const met = clockwise(new HashRing(given), name);
        expect(met.toSorted()).toEqual(given.map(({ nodeId }) => nodeId).toSorted());
        expect(clockwise(new HashRing(given.toReversed()), name)).toEqual(met);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it('a node that comes or goes changes nothing in the order of the others', () => {
    fc.assert(
      fc.property(anyNodes, fc.string(), (given, name) => {
        const [gone, ...others] = given;
        const before = clockwise(new HashRing(given), name);
        expect(clockwise(new HashRing(others), name)).toEqual(
          before.filter((nodeId) => nodeId !== gone?.nodeId),
        );
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  it('a node with more weight keeps its points and gets more: it takes from others only', () => {
    const before = new HashRing(nodes('node1', 'node2', 'node3'));
    const after = new HashRing([node('node1', 1.5), ...nodes('node2', 'node3')]);
    for (let index = 0; index < 500; index += 1) {
      const [former] = clockwise(before, `name-${index}`);
      expect([former, 'node1']).toContain(clockwise(after, `name-${index}`)[0]);
    }
  });

  it('shares are near to the weights', () => {
    const counts = firsts(
      new HashRing([node('node1', 0.5), node('node2'), node('node3', 2)]),
      7000,
    );
    // 1000, 2000 and 4000, if 150 points a node were as good as endlessly many.
    expect(Object.fromEntries(counts)).toEqual({ node1: 939, node2: 1958, node3: 4103 });
  });

  it('has no order without nodes', () => {
    expect(clockwise(new HashRing([]), 'queues-0')).toEqual([]);
  });

  it('a node of the least weight has one point', () => {
    const counts = firsts(new HashRing([node('node1', 1e-6), node('node2', 1e-6)]), 500);
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(500);
  });

  it.each([
    [nodes('node1', 'node2', 'node1'), 'HashRing: a node is there once'],
    [[node('node1', 0)], 'HashRing: 0 < weight <= max'],
    [[node('node1', 10.5)], 'HashRing: 0 < weight <= max'],
    [[node('node1', Number.NaN)], 'HashRing: 0 < weight <= max'],
  ])('refuses %j', (given, message) => {
    expect(() => new HashRing(given)).toThrow(message);
  });
});
