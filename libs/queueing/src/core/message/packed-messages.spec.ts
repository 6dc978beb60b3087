import { MalformedValue } from '@sinkron/fields';
import { messagePackCodec } from '../../testing/record-codec.js';
import {
  isPacked,
  packMessages,
  takePacked,
  unpackMessages,
  type PackedMessage,
} from './packed-messages.js';

const codec = messagePackCodec();

function message(text: string, headers: string | null = null): PackedMessage {
  return { bodyKind: 'json', body: new TextEncoder().encode(text), headers };
}

function texts(packed: Uint8Array): readonly string[] {
  return unpackMessages(codec, packed).map(({ body }) => new TextDecoder().decode(body));
}

describe('Packed messages', () => {
  it('come back as they were', () => {
    const messages: readonly PackedMessage[] = [
      { bodyKind: 'json', body: new TextEncoder().encode('{"a":"ä"}'), headers: '{"h":1}' },
      { bodyKind: 'base64', body: Uint8Array.of(0, 255, 7), headers: null },
      { bodyKind: 'base64', body: new Uint8Array(0), headers: null },
    ];
    const { packed, sizes } = packMessages(codec, messages);
    const unpacked = unpackMessages(codec, packed).map(({ body, ...rest }) => ({
      ...rest,
      body: [...body],
    }));
    expect(unpacked).toEqual(messages.map(({ body, ...rest }) => ({ ...rest, body: [...body] })));
    expect(sizes).toEqual([22, 8, 5]);
    expect(packed.length).toBe(1 + 22 + 8 + 5);
  });

  it.each([0, 1, 15, 16, 300, 1_000])('are an array of %d in MessagePack', (count) => {
    const messages = Array.from({ length: count }, (_, at) => message(String(at)));
    const packed = packMessages(codec, messages);
    expect(texts(packed.packed)).toEqual(messages.map((_, at) => String(at)));
    expect(isPacked(packed)).toBe(true);
    expect(isPacked({ ...packed, sizes: [...packed.sizes, 1] })).toBe(false);
  });

  it('some are taken without the others', () => {
    const packed = packMessages(
      codec,
      Array.from({ length: 20 }, (_, at) => message('x'.repeat(at))),
    );
    const taken = takePacked(packed, [0, 3, 4, 19]);
    expect(texts(taken.packed)).toEqual(['', 'xxx', 'xxxx', 'x'.repeat(19)]);
    expect(isPacked(taken)).toBe(true);
    expect(texts(takePacked(taken, [1, 3]).packed)).toEqual(['xxx', 'x'.repeat(19)]);
    expect(takePacked(taken, [0, 1, 2, 3])).toEqual(taken);
  });

  it('of another shape are malformed', () => {
    const wrong = [
      7,
      [[0, 'text', null]],
      [[2, new Uint8Array(1), null]],
      [[0, new Uint8Array(1), 7]],
    ];
    for (const value of wrong) {
      expect(() => unpackMessages(codec, codec.encode(value))).toThrow(MalformedValue);
    }
  });
});
