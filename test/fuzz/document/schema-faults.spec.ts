import { ApiDocument } from './api-document.js';
import { schemaFaults } from './schema-faults.js';

const document = ApiDocument.read();

function faults(schema: string, value: unknown): readonly string[] {
  return schemaFaults(document, { $ref: `#/components/schemas/${schema}` }, value);
}

const acquired = {
  name: 'a',
  owner: 'b',
  mode: 'shared',
  token: 1,
  holds: 1,
  ttlMs: 100,
  expiresAt: '2026-09-01T12:00:30.000Z',
  waitedMs: 0,
};

describe('schemaFaults', () => {
  it('finds nothing wrong with an answer as documented', () => {
    expect(faults('AcquiredLock', acquired)).toEqual([]);
    expect(faults('LockList', { locks: [], nextCursor: null })).toEqual([]);
  });

  it.each([
    [{ ...acquired, token: '1' }, 'body.token is no number'],
    [{ ...acquired, token: 1.5 }, 'body.token is no integer'],
    [{ ...acquired, owner: null }, 'body.owner is null'],
    [{ ...acquired, mode: 'none' }, 'body.mode is "none", none of exclusive, shared'],
    [{ ...acquired, expiresAt: 'soon' }, 'body.expiresAt is no instant: soon'],
    [{ ...acquired, more: 1 }, 'body.more is not in the document'],
    [{ ...acquired, holds: undefined }, 'body.holds is no number'],
    ['text', 'body is no object'],
  ])('%j: %s', (value, fault) => {
    expect(faults('AcquiredLock', value)).toEqual([fault]);
  });

  it.each([null, false, 0, '', [null, [1, 'a']], { a: { b: null } }])(
    'knows any JSON: %j',
    (body) => {
      const message = {
        id: '1-1',
        key: null,
        priority: 4,
        headers: { a: 'b' },
        publishedAt: '2026-09-01T12:00:30.000Z',
        deliveries: 1,
      };
      expect(faults('MessageFields', { ...message, body })).toEqual([]);
      expect(faults('MessageFields', { ...message, headers: { a: 1 }, body })).toEqual([
        'body.headers.a is no string',
      ]);
    },
  );

  it('looks into lists', () => {
    expect(faults('AcquiredLocks', { locks: [acquired, {}] })[0]).toBe(
      'body.locks[1].name is missing',
    );
  });
});

describe('ApiDocument', () => {
  it.each([
    ['GET', '/v1/locks/a%2Fb?consistency=stale', 'getLock'],
    ['HEAD', '/v1/lo%63ks/a', 'getLock'],
    ['POST', 'http://x/v1/sessions', 'createSession'],
    ['POST', '/v1/locks/a', undefined],
    ['GET', '/v1/locks/a/b', undefined],
  ])('%s %s is %s', (method, target, id) => {
    expect(document.operationOf(method, target)?.id).toBe(id);
  });
});
