import { acquire, acquireAll, expire, release } from '../../../testing/lock-commands.js';
import { readCommand } from './read-command.js';

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `n${at}`, mode: 'shared' as const }));

describe('readCommand', () => {
  it.each([
    acquire('a', 'one', { mode: 'shared', metadata: '{"pid":7}', wait: true, sessionId: 's' }),
    acquireAll(many(64), 'one', { ttlMs: 86_400_000, lockDelayMs: 60_000 }),
    acquire('😀'.repeat(64), '😀'.repeat(128)),
    release('a', 'one', Number.MAX_SAFE_INTEGER),
    {
      kind: 'renew',
      owner: 'one',
      locks: [
        { name: 'a', token: 1 },
        { name: 'b', token: 2 },
      ],
      ttlMs: null,
    },
    { kind: 'cancel', waiterId: 7, release: true },
    { kind: 'break', name: 'a' },
    { kind: 'create-session', sessionId: 's', ttlMs: 1_000, lockDelayMs: 0, name: null },
    { kind: 'end-session', sessionId: 's' },
    {
      kind: 'expire',
      term: 3,
      leases: [
        { kind: 'hold', holdId: 1, leaseIndex: 2 },
        { kind: 'session', sessionId: 's', leaseIndex: 2 },
        { kind: 'delay', name: 'a', leaseIndex: 2 },
      ],
    },
    { kind: 'abandon', term: 3, waiters: [1, 2] },
    { kind: 'sweep' },
  ])('reads $kind as it was sent', (command) => {
    expect(readCommand(command)).toEqual(command);
  });

  it('leaves out what it does not know, so that replicas of two versions keep the same', () => {
    expect(readCommand({ kind: 'sweep', deep: { er: 1 } })).toEqual({ kind: 'sweep' });
  });

  it.each([
    [null, 'command must be an object'],
    [[], 'command must be an object'],
    [
      { kind: 'steal' },
      'kind must be acquire or release or renew or cancel or break or create-session' +
        ' or end-session or expire or abandon or sweep',
    ],
    [{ ...acquire('a', 'one'), locks: [] }, 'locks must be at least one lock'],
    [acquireAll(many(65), 'one'), 'locks must be an array of at most 64 items'],
    [acquireAll([...many(2), ...many(1)], 'one'), 'locks must be locks of different names'],
    [acquire('', 'one'), 'name must be a string of 1 to 256 characters'],
    [acquire('😀'.repeat(65), 'one'), 'name must be at most 256 bytes'],
    [acquire('\ud800', 'one'), 'name must be a string of 1 to 256 characters'],
    [acquire('a', '😀'.repeat(129)), 'owner must be a string of 1 to 128 characters'],
    [{ ...acquire('a', 'one'), sessionId: 7 }, 'sessionId must be a string of 1 to 128 characters'],
    [
      { ...acquire('a', 'one'), locks: [{ name: 'a', mode: 'intent' }] },
      'mode must be exclusive or shared',
    ],
    [acquire('a', 'one', { ttlMs: 99 }), 'ttlMs must be an integer of 100 to 86400000'],
    [acquire('a', 'one', { ttlMs: 100.5 }), 'ttlMs must be an integer of 100 to 86400000'],
    [acquire('a', 'one', { lockDelayMs: 60_001 }), 'lockDelayMs must be an integer of 0 to 60000'],
    [
      acquire('a', 'one', { metadata: `"${'é'.repeat(512)}"` }),
      'metadata must be at most 1024 bytes',
    ],
    [{ ...acquire('a', 'one'), wait: 1 }, 'wait must be true or false'],
    [release('a', 'one', 0), 'token must be an integer of 1 to 9007199254740991'],
    [release('a', 'one', 2 ** 53), 'token must be an integer of 1 to 9007199254740991'],
    [{ kind: 'cancel', waiterId: -1, release: false }, 'waiterId must be an integer of 0 to'],
    [
      { kind: 'create-session', sessionId: 's', ttlMs: 999, lockDelayMs: 0, name: null },
      'ttlMs must be an integer of 1000 to 3600000',
    ],
    [
      expire(1, ...Array.from({ length: 251 }, (_, at) => [at + 1, 1] as const)),
      'leases must be an array of at most 250 items',
    ],
    [
      { kind: 'abandon', term: 1, waiters: Array.from({ length: 201 }, (_, at) => at) },
      'waiters must be an array of at most 200 items',
    ],
    [{ kind: 'abandon', term: 1, waiters: ['1'] }, 'a waiterId must be an integer from 0'],
  ])('refuses %j', (command, message) => {
    expect(() => readCommand(command)).toThrow(message);
  });
});
