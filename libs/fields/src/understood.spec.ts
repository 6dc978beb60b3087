import { MalformedValue } from './fields.js';
import { understood } from './understood.js';

describe('understood', () => {
  it('gives the answer', () => {
    expect(understood(() => 'an answer')).toBe('an answer');
  });

  it('answers what cannot be read', () => {
    const answer = understood(() => {
      throw new MalformedValue('max', 'an integer of 1 to 10');
    });
    expect(answer).toEqual({
      status: 'malformed',
      message: 'max must be an integer of 1 to 10',
    });
  });

  it('lets every other error through', () => {
    const broken = new TypeError('broken');
    expect(() =>
      understood(() => {
        throw broken;
      }),
    ).toThrow(broken);
  });
});
