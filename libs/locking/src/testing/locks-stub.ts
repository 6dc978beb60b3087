import type { LocksService } from '../locks.service.js';

type Stub<Name extends keyof LocksService> = jest.Mock<
  ReturnType<LocksService[Name]>,
  Parameters<LocksService[Name]>
>;

/** A locks service whose answers a test gives. */
export function locksStub() {
  return {
    acquire: jest.fn() as Stub<'acquire'>,
    release: jest.fn() as Stub<'release'>,
    renew: jest.fn() as Stub<'renew'>,
    break: jest.fn() as Stub<'break'>,
    get: jest.fn() as Stub<'get'>,
    list: jest.fn() as Stub<'list'>,
    graph: jest.fn() as Stub<'graph'>,
  };
}

export const NEW_YEAR_MS = Date.UTC(2026, 0, 1);

/** A grant of the lock a to one. */
export const GRANT = {
  name: 'a',
  mode: 'exclusive' as const,
  token: 7,
  holds: 1,
  ttlMs: 30_000,
  expiresAtMs: NEW_YEAR_MS + 30_000,
};

/** What one is told of it. */
export const ANSWERED = {
  name: 'a',
  owner: 'one',
  mode: 'exclusive',
  token: 7,
  holds: 1,
  ttlMs: 30_000,
  expiresAt: '2026-01-01T00:00:30.000Z',
  waitedMs: 0,
};
