import { isWanted } from './scenario.js';

describe('isWanted', () => {
  it('goes by whole parts of the id', () => {
    expect(isWanted('pairs-64', [])).toBe(true);
    expect(isWanted('pairs-64', ['renew', 'pairs'])).toBe(true);
    expect(isWanted('pairs-1', ['pairs-16'])).toBe(false);
    expect(isWanted('pairs-16', ['pairs-1'])).toBe(false);
  });
});
