import { isWanted, SCENARIOS } from './scenarios.js';

describe('isWanted', () => {
  it('goes by whole parts of the id', () => {
    expect(isWanted('pairs-64', [])).toBe(true);
    expect(isWanted('pairs-64', ['renew', 'pairs'])).toBe(true);
    expect(isWanted('pairs-1', ['pairs-16'])).toBe(false);
    expect(isWanted('pairs-16', ['pairs-1'])).toBe(false);
  });
});

describe('SCENARIOS', () => {
  it('have ids of their own', () => {
    const ids = SCENARIOS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
