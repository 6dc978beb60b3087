import { isoTime } from './iso-time.js';

describe('isoTime', () => {
  it.each([
    '1970-01-01T00:00:00.000Z',
    '1999-12-31T23:59:59.999Z',
    '2000-02-28T23:59:59.999Z',
    '2000-02-29T00:00:00.000Z',
    '2000-03-01T00:00:00.001Z',
    '2023-11-14T22:13:20.000Z',
    '2024-02-29T12:34:56.789Z',
    '2100-02-28T23:59:59.999Z',
    '2100-03-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ])('%s', (text) => {
    expect(isoTime(Date.parse(text))).toBe(text);
  });

  it('every day of four centuries', () => {
    const from = Date.parse('1970-01-01T06:07:08.009Z');
    const wrong: string[] = [];
    for (let day = 0; day < 146_097; day += 1) {
      const expected = new Date(from + day * 86_400_000).toISOString();
      if (isoTime(from + day * 86_400_000) !== expected) wrong.push(expected);
    }
    expect(wrong).toEqual([]);
  });
});
