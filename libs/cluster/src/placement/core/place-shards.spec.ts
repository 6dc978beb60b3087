import fc from 'fast-check';
import { stableHash64 } from './hash/stable-hash.js';
import { placeShards, type PlacementInput, type ShardPlacement } from './place-shards.js';

const nodes = (count: number, weight = 1): PlacementInput['nodes'] =>
  Array.from({ length: count }, (_, index) => ({ nodeId: `node${index + 1}`, weight }));

function place(count: number, changes: Partial<PlacementInput> = {}): readonly ShardPlacement[] {
  return placeShards({
    nodes: nodes(count),
    shards: 8,
    replicationFactor: 3,
    family: 'queues',
    ...changes,
  });
}

/** `4 2 3` for node4 (preferred leader), node2 and node3. */
function lines(placement: readonly ShardPlacement[]): readonly string[] {
  return placement.map(({ nodeIds }) => nodeIds.join(' ').replaceAll('node', ''));
}

function fingerprint(placement: readonly ShardPlacement[]): string {
  const { high, low } = stableHash64(lines(placement).join('\n'));
  return `${high.toString(16)}-${low.toString(16)}`;
}

describe('placeShards', () => {
  // Another result than before moves the data of every cluster that is upgraded: these values never change.
  describe('golden', () => {
    it.each([
      [
        'queues, 3 nodes',
        place(3),
        ['2 3 1', '3 2 1', '3 2 1', '2 1 3', '1 2 3', '1 3 2', '2 1 3', '2 1 3'],
      ],
      [
        'queues, 4 nodes',
        place(4),
        ['4 2 3', '3 2 1', '3 2 4', '2 1 4', '1 2 4', '1 4 3', '2 1 3', '2 1 3'],
      ],
      [
        'queues, 5 nodes',
        place(5),
        ['4 2 3', '3 2 5', '3 2 5', '2 5 1', '1 2 5', '1 4 3', '2 5 1', '4 1 3'],
      ],
      [
        'caches, 5 nodes',
        place(5, { family: 'caches' }),
        ['5 2 4', '3 1 2', '1 4 3', '4 1 3', '3 2 4', '4 3 2', '1 4 2', '5 1 3'],
      ],
    ])('8 shards: %s', (_, placement, expected) => {
      expect(lines(placement)).toEqual(expected);
    });

    it.each([
      ['3 nodes', place(3, { shards: 4096 }), '38685266-4622d8ca'],
      ['4 nodes', place(4, { shards: 64 }), 'cdf9ec99-316027f4'],
      ['10 nodes', place(10, { shards: 64 }), '30277175-282e843e'],
      ['10 nodes, 4096 shards', place(10, { shards: 4096 }), '3d26bdef-8efae4f6'],
      [
        '10 nodes, 7 replicas',
        place(10, { shards: 256, replicationFactor: 7 }),
        '46dc0187-72d2b397',
      ],
      [
        'weights',
        place(0, { nodes: [...nodes(3, 2), { nodeId: 'small', weight: 0.5 }] }),
        'a021641f-93dcad49',
      ],
    ])('%s', (_, placement, expected) => {
      expect(fingerprint(placement)).toBe(expected);
    });
  });

  const anyInput = fc.record({
    nodes: fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,8}$/), { maxLength: 9 }).chain((ids) =>
      fc.tuple(
        ...ids.map((nodeId) =>
          fc.record({
            nodeId: fc.constant(nodeId),
            weight: fc.constantFrom(0.1, 1, 1, 1, 2, 10),
          }),
        ),
      ),
    ),
    shards: fc.integer({ min: 1, max: 70 }),
    replicationFactor: fc.integer({ min: 1, max: 7 }),
    family: fc.constantFrom('queues', 'caches'),
  });

  it('each shard, in order, on min(replicationFactor, nodes) different nodes', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const placement = placeShards(input);
        expect(placement.map(({ shard }) => shard)).toEqual([...Array(input.shards).keys()]);
        const copies = Math.min(input.replicationFactor, input.nodes.length);
        const ids = new Set(input.nodes.map(({ nodeId }) => nodeId));
        for (const { nodeIds } of placement) {
          expect(nodeIds.length).toBe(copies);
          expect(new Set(nodeIds).size).toBe(copies);
          expect(nodeIds.every((nodeId) => ids.has(nodeId))).toBe(true);
        }
      }),
      { numRuns: 100, seed: 6 },
    );
  });

  it('does not depend on the order of the nodes', () => {
    fc.assert(
      fc.property(
        anyInput.chain((input) =>
          fc.tuple(
            fc.constant(input),
            fc.shuffledSubarray(input.nodes, { minLength: input.nodes.length }),
          ),
        ),
        ([input, shuffled]) => {
          expect(placeShards({ ...input, nodes: shuffled })).toEqual(placeShards(input));
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });

  it('weights: replicas and preferred leaders are near to them, and within 1.25 times', () => {
    const weights = [0.5, 1, 1, 1, 2, 2.5];
    const placement = place(0, {
      nodes: weights.map((weight, index) => ({ nodeId: `node${index}`, weight })),
      shards: 1024,
      replicationFactor: 2,
    });
    const held = weights.map(
      (_, index) => placement.filter(({ nodeIds }) => nodeIds.includes(`node${index}`)).length,
    );
    const led = weights.map(
      (_, index) => placement.filter(({ nodeIds }) => nodeIds[0] === `node${index}`).length,
    );
    // By weight: 128, 256, 256, 256, 512, 640.
    expect(held).toEqual([132, 246, 264, 269, 569, 568]);
    // By weight: 64, 128, 128, 128, 256, 320.
    expect(led).toEqual([67, 112, 124, 116, 277, 328]);
  });

  it('leaves different nodes for the last shards: in the order of the ring alone, they would find two', () => {
    const given = [401, 402, 403, 404, 405].map((number) => ({
      nodeId: `node${number}`,
      weight: 1,
    }));
    const placement = place(0, { nodes: given });
    const held = given.map(
      ({ nodeId }) => placement.filter(({ nodeIds }) => nodeIds.includes(nodeId)).length,
    );
    expect(held).toEqual([6, 6, 4, 2, 6]);
  });

  it('as many nodes as replicas hold everything, and lead as their weights are', () => {
    const placement = place(0, {
      nodes: [1, 1, 2].map((weight, index) => ({ nodeId: `node${index}`, weight })),
      shards: 1000,
    });
    expect(placement.every(({ nodeIds }) => new Set(nodeIds).size === 3)).toBe(true);
    const led = [0, 1, 2].map(
      (index) => placement.filter(({ nodeIds }) => nodeIds[0] === `node${index}`).length,
    );
    // By weight: 250, 250, 500.
    expect(led).toEqual([241, 233, 526]);
  });

  it('without nodes nobody holds anything', () => {
    expect(lines(place(0, { shards: 2 }))).toEqual(['', '']);
  });

  it.each([{ shards: 0 }, { shards: 1.5 }, { replicationFactor: 0 }])('refuses %j', (changes) => {
    expect(() => place(3, changes)).toThrow('placeShards: ');
  });
});
