import { MalformedValue } from '@sinkron/fields';
import { messagePackCodec } from '../../testing/record-codec.js';
import { packMessages, type PackedMessage } from './packed-messages.js';
import { PackedReader } from './packed-reader.js';

const codec = messagePackCodec();

/** Bytes as text: Jest takes its time over each byte. */
function shown(messages: readonly PackedMessage[]): readonly unknown[] {
  return messages.map(({ body, ...rest }) => ({
    ...rest,
    body: Buffer.from(body).toString('hex'),
  }));
}

function read(packed: Uint8Array): readonly PackedMessage[] {
  const reader = new PackedReader(packed);
  return Array.from({ length: reader.count }, () => {
    const { bodyKind, from, to, headers } = reader.next();
    return { bodyKind, body: packed.slice(from, to), headers };
  });
}

describe('PackedReader', () => {
  it.each([0, 1, 15, 16, 1_000])('reads %d messages where they stand', (count) => {
    const messages = Array.from({ length: count }, (_, at): PackedMessage => {
      const body = new Uint8Array([0, 1, 255, 256, 1_000, 31][at % 6] ?? 0).fill(at);
      const headers = [null, '', '{}', 'x'.repeat(31), 'ä'.repeat(40), 'y'.repeat(300)][at % 6];
      return { bodyKind: at % 2 === 0 ? 'json' : 'base64', body, headers: headers ?? null };
    });
    const { packed } = packMessages(codec, messages);
    expect(shown(read(packed))).toEqual(shown(messages));
  });

  it.each([65_535, 65_536])('reads a body and headers of %d bytes', (bytes) => {
    const headers = 'z'.repeat(bytes);
    const messages: readonly PackedMessage[] = [
      { bodyKind: 'json', body: new Uint8Array(bytes).fill(0x30), headers },
    ];
    expect(shown(read(packMessages(codec, messages).packed))).toEqual(shown(messages));
  });

  it.each([
    ['nothing', []],
    ['a number', [5]],
    ['a message that is missing', [0x91]],
    ['a message of two parts', [0x91, 0x92, 0, 0xc4, 0]],
    ['an unknown kind', [0x91, 0x93, 2, 0xc4, 0, 0xc0]],
    ['a body that is a text', [0x91, 0x93, 0, 0xa1, 0x41, 0xc0]],
    ['a body that is cut', [0x91, 0x93, 0, 0xc4, 9, 1, 2]],
    ['headers that are a number', [0x91, 0x93, 0, 0xc4, 0, 7]],
    ['headers that are cut', [0x91, 0x93, 0, 0xc4, 0, 0xa5, 0x41]],
  ])('refuses %s', (_, bytes) => {
    expect(() => read(Uint8Array.from(bytes))).toThrow(MalformedValue);
  });
});
