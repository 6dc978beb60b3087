import { validationFailed } from './problem-error.js';

describe('validationFailed', () => {
  it('tells of the first field, and how many more there are', () => {
    const errors = ['a', 'b', 'c'].map((field) => ({ field, message: 'is wrong' }));
    expect(validationFailed(errors).details()).toMatchObject({
      detail: 'a is wrong (and 2 more, see errors)',
      errors,
    });
  });

  it('answers bytes, not what a hostile caller sent', () => {
    const field = 'k'.repeat(1_000_000);
    const errors = Array.from({ length: 1_000 }, () => ({
      field,
      message: 'is not a known field',
    }));
    const details = validationFailed(errors).details();
    const shown = `${'k'.repeat(512)}…`;
    expect(details.detail).toBe(`${shown} is not a known field (and 999 more, see errors)`);
    expect(details['errors']).toHaveLength(100);
    expect(JSON.stringify(details).length).toBeLessThan(70_000);
  });
});
