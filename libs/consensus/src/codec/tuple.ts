import { ExactPacker } from '@sinkron/message-pack';
import { Unpackr, type Options } from 'msgpackr';

const OPTIONS: Options = { useRecords: false, int64AsType: 'number', encodeUndefinedAsNil: true };
const packer = new ExactPacker(OPTIONS);
const unpackr = new Unpackr(OPTIONS);

/** Bytes that do not decode to what they should; from a peer they are dropped, on disk fatal. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
  /** Tells a peer whose request it was that it is at fault; without it, this node would be. */
  readonly code = 'MALFORMED';
}

/** Encodes plain values as MessagePack, without records, so that equal values give equal bytes. */
export function encode(value: unknown): Uint8Array {
  return packer.pack(value);
}

/** @throws MalformedError */
export function decode(bytes: Uint8Array): unknown {
  try {
    return unpackr.unpack(bytes);
  } catch (cause) {
    throw new MalformedError('not MessagePack', { cause });
  }
}

/** Reads the fields of an encoded tuple in order, checking each. */
export class TupleReader {
  private position = 0;
  private readonly fields: readonly unknown[];

  /** @throws MalformedError when `value` is no array. */
  constructor(value: unknown) {
    if (!Array.isArray(value)) throw new MalformedError('expected a tuple');
    this.fields = value;
  }

  integer(): number {
    const value = this.any();
    if (!Number.isSafeInteger(value)) return this.refuse('an integer', value);
    return value as number;
  }

  natural(): number {
    const value = this.integer();
    return value >= 0 ? value : this.refuse('a natural number', value);
  }

  text(): string {
    const value = this.any();
    return typeof value === 'string' ? value : this.refuse('text', value);
  }

  textOrNull(): string | null {
    const value = this.any();
    return value === null || typeof value === 'string' ? value : this.refuse('text or null', value);
  }

  flag(): boolean {
    const value = this.any();
    return typeof value === 'boolean' ? value : this.refuse('a boolean', value);
  }

  bytes(): Uint8Array {
    const value = this.any();
    return value instanceof Uint8Array ? value : this.refuse('bytes', value);
  }

  list(): readonly unknown[] {
    const value = this.any();
    return Array.isArray(value) ? value : this.refuse('a list', value);
  }

  any(): unknown {
    const value = this.fields[this.position];
    this.position += 1;
    return value;
  }

  private refuse(wanted: string, value: unknown): never {
    throw new MalformedError(`field ${this.position - 1}: wanted ${wanted}, got ${typeof value}`);
  }
}
