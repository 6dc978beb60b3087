import { Test } from '@nestjs/testing';
import { ClusterRouter } from '@sinkron/cluster';
import { ScriptedRouter } from '../testing/scripted-router.js';
import { KEEP_ALIVE_GATHER_MS, KEEP_ALIVES_PER_SECOND_MANY } from './limits.js';
import { SessionsService } from './sessions.service.js';

const COUNT = 2 * KEEP_ALIVES_PER_SECOND_MANY;

describe('SessionsService.keepAlive', () => {
  let router: ScriptedRouter;
  let service: SessionsService;

  beforeEach(async () => {
    router = new ScriptedRouter();
    router.next(...Array<unknown>(COUNT).fill({ status: 'alive', ttlMs: 1_000, expiresAtMs: 1 }));
    const testing = await Test.createTestingModule({
      providers: [SessionsService, { provide: ClusterRouter, useValue: router }],
    }).compile();
    service = testing.get(SessionsService);
    jest.useFakeTimers();
  });
  afterEach(() => jest.useRealTimers());

  /** From as many connections, each with so many milliseconds. */
  function keepAlive(timeMs: number): readonly Promise<unknown>[] {
    return Array.from({ length: COUNT }, (_, number) => {
      const deadlineMs = performance.now() + timeMs;
      return service.keepAlive(`s${number}`, { deadlineMs, connection: {} });
    });
  }

  it('sends those of many at the end of an interval', async () => {
    const sent = keepAlive(10_000);
    await Promise.all(sent.slice(0, KEEP_ALIVES_PER_SECOND_MANY - 1));
    expect(router.asked).toHaveLength(KEEP_ALIVES_PER_SECOND_MANY - 1);
    jest.advanceTimersByTime(KEEP_ALIVE_GATHER_MS);
    await Promise.all(sent);
    expect(router.asked).toHaveLength(COUNT);
  });

  it('sends those at once that have little time', async () => {
    await Promise.all(keepAlive(2 * KEEP_ALIVE_GATHER_MS));
    expect(router.asked).toHaveLength(COUNT);
  });
});
