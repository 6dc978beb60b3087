import { SCENARIOS } from './scenarios.js';

describe('SCENARIOS', () => {
  it('have ids of their own', () => {
    const ids = SCENARIOS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
