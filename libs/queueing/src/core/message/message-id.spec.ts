import { messageId, readMessageId } from './message-id.js';

describe('Ids of messages', () => {
  it('name topic and sequence in base 36', () => {
    expect(messageId(1, 1)).toBe('1-1');
    expect(messageId(37, 1_000_000)).toBe('11-lfls');
    expect(readMessageId('11-lfls')).toEqual({ topicId: 37, sequence: 1_000_000 });
    const largest = messageId(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    expect(largest).toBe('2gosa7pa2gv-2gosa7pa2gv');
    expect(readMessageId(largest)).toEqual({
      topicId: Number.MAX_SAFE_INTEGER,
      sequence: Number.MAX_SAFE_INTEGER,
    });
  });

  it('have one form each', () => {
    for (const text of [
      '',
      '1',
      '1-',
      '-1',
      '0-1',
      '1-0',
      '01-1',
      '1-1-1',
      'A-1',
      '1-1\n',
      ' 1-1',
    ]) {
      expect([text, readMessageId(text)]).toEqual([text, undefined]);
    }
    expect(readMessageId('2gosa7pa2gw-1')).toBeUndefined();
    expect(readMessageId('zzzzzzzzzzzz-1')).toBeUndefined();
  });
});
