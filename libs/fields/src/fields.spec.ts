import {
  booleanField,
  choiceField,
  fieldsOf,
  integerField,
  isAbsent,
  list,
  listField,
  MalformedValue,
  optionalIntegerField,
  WHOLE,
} from './fields.js';

function refusal(read: () => unknown): string {
  try {
    return `read: ${JSON.stringify(read())}`;
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    return error.message;
  }
}

const LIMITS = { min: 1, max: 3 };

describe('Fields', () => {
  it.each([undefined, null, 1, 'text', [], [1]])('are not those of %j', (value) => {
    expect(refusal(() => fieldsOf(value, 'a command'))).toBe('a command must be an object');
  });

  it('are those of an object', () => {
    const value = { count: 1 };
    expect(fieldsOf(value, 'a command')).toBe(value);
  });

  it.each([1, 2, 3])('are integers at the limits and between them: %j', (count) => {
    expect(integerField({ count }, 'count', LIMITS)).toBe(count);
    expect(optionalIntegerField({ count }, 'count', LIMITS)).toBe(count);
  });

  it.each([0, 4, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2', 2n, true, [2], {}])(
    'are not integers of 1 to 3: %p',
    (count) => {
      const expected = 'count must be an integer of 1 to 3';
      expect(refusal(() => integerField({ count }, 'count', LIMITS))).toBe(expected);
      expect(refusal(() => optionalIntegerField({ count }, 'count', LIMITS))).toBe(expected);
    },
  );

  it('are whole numbers as long as these are exact', () => {
    const count = Number.MAX_SAFE_INTEGER;
    expect(integerField({ count }, 'count', WHOLE)).toBe(count);
    expect(integerField({ count: 0 }, 'count', WHOLE)).toBe(0);
    for (const wrong of [-1, count + 1]) {
      expect(refusal(() => integerField({ count: wrong }, 'count', WHOLE))).toBe(
        `count must be an integer of 0 to ${count}`,
      );
    }
  });

  it.each([{}, { count: null }, { count: undefined }])(
    'are absent if null or missing: %p',
    (fields) => {
      expect(isAbsent(fields, 'count')).toBe(true);
      expect(optionalIntegerField(fields, 'count', LIMITS)).toBeNull();
      expect(refusal(() => integerField(fields, 'count', LIMITS))).toBe(
        'count must be an integer of 1 to 3',
      );
    },
  );

  it.each([0, '', false])('are not absent as %j', (count) => {
    expect(isAbsent({ count }, 'count')).toBe(false);
  });

  it('are lists of so many items at most', () => {
    const items = [1, 'two'];
    expect(listField({ items }, 'items', 2)).toBe(items);
    expect(listField({ items: [] }, 'items', 0)).toEqual([]);
    const expected = 'items must be an array of at most 1 items';
    for (const wrong of [items, undefined, null, 'x', { length: 1 }]) {
      expect(refusal(() => listField({ items: wrong }, 'items', 1))).toBe(expected);
      expect(refusal(() => list(wrong, 'items', 1))).toBe(expected);
    }
  });

  it('are one of the choices', () => {
    const choices = ['earliest', 'latest'] as const;
    expect(choiceField({ from: 'latest' }, 'from', choices)).toBe('latest');
    for (const wrong of ['last', undefined, null, 0, ['latest']]) {
      expect(refusal(() => choiceField({ from: wrong }, 'from', choices))).toBe(
        'from must be earliest or latest',
      );
    }
  });

  it('are true or false, and nothing like it', () => {
    expect(booleanField({ fair: true }, 'fair')).toBe(true);
    expect(booleanField({ fair: false }, 'fair')).toBe(false);
    for (const wrong of [0, 1, 'true', null, undefined]) {
      expect(refusal(() => booleanField({ fair: wrong }, 'fair'))).toBe(
        'fair must be true or false',
      );
    }
  });
});
