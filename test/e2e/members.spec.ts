import type { Response } from 'supertest';
import { expectInvalid, expectProblem } from './expect-problem.js';
import { RealNode } from './real-node.js';

const MEMBERS = '/v1/cluster/members';
const NODE2 = { nodeId: 'node2', address: '127.0.0.1:1', roles: ['locks'] };

let node: RealNode;

beforeAll(async () => {
  node = await RealNode.start();
});
afterAll(async () => {
  await node.stop();
});

async function remove(name: string): Promise<Response> {
  return await node.http.delete(`${MEMBERS}/${name}`);
}

async function statesOf(): Promise<readonly (readonly [string, string])[]> {
  const { body } = await node.get('/v1/cluster');
  const { members } = body as {
    readonly members: readonly { readonly nodeId: string; readonly state: string }[];
  };
  return members.map(({ nodeId, state }) => [nodeId, state]);
}

describe('POST /v1/cluster/members', () => {
  it('adds a node, once, and lets go of it when it has not come', async () => {
    for (let count = 0; count < 2; count += 1) {
      const { status, body } = await node.post(MEMBERS, NODE2);
      expect([status, body]).toEqual([202, { nodeId: 'node2', state: 'joining' }]);
    }
    expect(await statesOf()).toEqual([
      ['node1', 'member'],
      ['node2', 'joining'],
    ]);
    expectProblem(await node.post(MEMBERS, { ...NODE2, roles: ['queues'] }), 'MEMBERSHIP_REFUSED', {
      detail: 'node2 is a member with another address or other roles; remove it first',
    });
    expectProblem(await node.post(MEMBERS, { ...NODE2, nodeId: 'node3' }), 'MEMBERSHIP_REFUSED', {
      detail: 'another member than node3 has this address',
    });
    const { status, body } = await remove('node2');
    expect([status, body]).toEqual([202, { nodeId: 'node2', state: 'leaving' }]);
    expect(await statesOf()).toEqual([['node1', 'member']]);
  });

  it('repeats its answer to an Idempotency-Key', async () => {
    const key = { 'Idempotency-Key': 'add-node2' };
    await node.post(MEMBERS, NODE2, key);
    await remove('node2');
    const { status, headers, body } = await node.post(MEMBERS, NODE2, key);
    expect([status, headers['idempotency-replayed'], body]).toEqual([
      202,
      'true',
      { nodeId: 'node2', state: 'joining' },
    ]);
    expect(await statesOf()).toEqual([['node1', 'member']]);
    expectProblem(
      await node.post(MEMBERS, { ...NODE2, roles: ['queues'] }, key),
      'IDEMPOTENCY_KEY_REUSED',
      {
        detail:
          'this Idempotency-Key came with another body before; use a new key for a new request',
      },
    );
  });

  it('says which field is wrong', async () => {
    const invalid = async (changes: object, field: string, message: string): Promise<void> =>
      expectInvalid(await node.post(MEMBERS, { ...NODE2, ...changes }), { field, message });
    await invalid({ nodeId: 'Node 2' }, 'nodeId', 'must be 1 to 64 characters of a-z, 0-9 and -');
    await invalid({ address: 'node2' }, 'address', 'must be host:port, like 127.0.0.1:9004');
    await invalid(
      { roles: ['cooking'] },
      'roles',
      'must be a list of locks, queues, caches, ledger, each at most once',
    );
    await invalid(
      { address: 'no.such.host.invalid:9002' },
      'address',
      'no.such.host.invalid has no IP address that can be found',
    );
  });
});

describe('DELETE /v1/cluster/members/{nodeId}', () => {
  it('refuses the last member with locks, and who is none', async () => {
    expectProblem(await remove('node1'), 'MEMBERSHIP_REFUSED', {
      detail: 'node1 is the last member with the role locks',
    });
    expectProblem(await remove('node9'), 'MEMBER_NOT_FOUND', {
      detail: 'node9 is no member of this cluster',
    });
    expectProblem(await remove('Node%209'), 'MEMBER_NOT_FOUND', {
      detail: 'no member has a name like this',
    });
  });
});
