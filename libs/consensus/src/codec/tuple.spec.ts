import { decode, encode, MalformedError, TupleReader } from './tuple.js';

describe('MalformedError', () => {
  // Found by fuzzing: a request that cannot be read was logged as an error of the node that got it.
  it('says by its code that the sender is at fault', () => {
    expect(() => new TupleReader(['text']).natural()).toThrow(
      expect.objectContaining({
        code: 'MALFORMED',
        message: 'field 0: wanted an integer, got string',
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['half a value', '92c0'],
    ['two values', 'c0c0'],
    ['an array that ends too soon', 'ddffffffff'],
    ['arrays without an end', '91'.repeat(100_000)],
  ])('is what bytes decode to that are %s', (_what, hex) => {
    expect(() => decode(Buffer.from(hex, 'hex'))).toThrow(MalformedError);
  });

  it('is nothing that what was encoded decodes to', () => {
    expect(decode(encode(['a', 1, null, true]))).toEqual(['a', 1, null, true]);
  });
});
