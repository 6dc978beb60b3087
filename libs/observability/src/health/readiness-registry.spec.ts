import { InvariantViolation } from '@sinkron/invariant';
import { READINESS_CHECKS_MAX } from '../limits.js';
import { ReadinessRegistry } from './readiness-registry.js';

describe('ReadinessRegistry', () => {
  it('keeps checks in the order in which they came, and asks none by itself', () => {
    const registry = new ReadinessRegistry();
    let asked = 0;
    registry.register('storage', () => {
      asked++;
      return { status: 'up' };
    });
    registry.register('leader', () => ({ status: 'degraded', detail: 'no leader is known' }));
    expect([...registry.all().keys()]).toEqual(['storage', 'leader']);
    expect(asked).toBe(0);
    expect([...registry.all().values()].map((check) => check())).toEqual([
      { status: 'up' },
      { status: 'degraded', detail: 'no leader is known' },
    ]);
  });

  it('refuses a name twice, which would hide a check', () => {
    const registry = new ReadinessRegistry();
    registry.register('storage', () => ({ status: 'up' }));
    expect(() => registry.register('storage', () => ({ status: 'down' }))).toThrow(
      new InvariantViolation('ReadinessRegistry: names are unique', { name: 'storage' }),
    );
  });

  it('is bounded', () => {
    const registry = new ReadinessRegistry();
    for (let i = 0; i < READINESS_CHECKS_MAX; i++)
      registry.register(`${i}`, () => ({ status: 'up' }));
    expect(() => registry.register('more', () => ({ status: 'up' }))).toThrow(InvariantViolation);
  });
});
