import { readQuery } from './read-query.js';
import { readNotice, readRequest } from './read-request.js';

describe('readQuery', () => {
  it.each([
    { kind: 'get', name: 'a' },
    { kind: 'list', prefix: '', after: null, limit: 1_000 },
    { kind: 'session', sessionId: 's' },
    { kind: 'sessions', after: 's', limit: 1 },
    { kind: 'graph' },
    { kind: 'events', after: '9007199254740991-12', prefix: 'a/', limit: 100 },
  ])('reads $kind as it was sent', (query) => {
    expect(readQuery(query)).toEqual(query);
  });

  it.each([
    [{ kind: 'watch' }, 'kind must be get or list or session or sessions or graph or events'],
    [{ kind: 'list', prefix: '', after: null, limit: 1_001 }, 'limit must be an integer of 1 to'],
    [{ kind: 'list', prefix: null, after: null, limit: 1 }, 'prefix must be a string of 0 to 256'],
    [
      { kind: 'events', after: '1'.repeat(34), prefix: '', limit: 1 },
      'after must be a string of 1 to 33',
    ],
  ])('refuses %j', (query, message) => {
    expect(() => readQuery(query)).toThrow(message);
  });
});

describe('readRequest', () => {
  it.each([
    { kind: 'renew', owner: 'one', locks: [{ name: 'a', token: 1 }], ttlMs: 1_000 },
    { kind: 'keepalive', sessionId: 's' },
    { kind: 'claim', claims: [{ waiterId: 1, proposer: 'node1/1' }] },
  ])('reads $kind as it was sent', (request) => {
    expect(readRequest(request)).toEqual(request);
  });

  it.each([
    [{ kind: 'expire' }, 'kind must be renew or keepalive or claim'],
    [
      {
        kind: 'claim',
        claims: Array.from({ length: 501 }, (_, waiterId) => ({ waiterId, proposer: 'p' })),
      },
      'claims must be an array of at most 500 items',
    ],
  ])('refuses %j', (request, message) => {
    expect(() => readRequest(request)).toThrow(message);
  });

  it('reads notices', () => {
    expect(readNotice({ waiterIds: [3, 1] })).toEqual({ waiterIds: [3, 1] });
    expect(() => readNotice({ waiterIds: [1.5] })).toThrow('a waiterId must be an integer from 0');
  });
});
