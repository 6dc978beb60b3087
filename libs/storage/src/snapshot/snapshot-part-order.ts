import { MalformedError } from '../errors.js';
import { SNAPSHOT_PART_RECORDS_MAX } from '../limits.js';
import { isPortableKey } from '../state/state-key.js';
import { decodePart, type SnapshotPart, type SnapshotRecord } from './snapshot-part.js';

const NOTHING = new Uint8Array(0);

/** Takes the parts of one snapshot in their order and refuses everything else. */
export class SnapshotPartOrder {
  /** The number that the next part must have. */
  private sequence = 0;
  private recordCount = 0;
  private lastKey: Uint8Array = NOTHING;
  private ended = false;

  constructor(private readonly of: { readonly index: number; readonly term: number }) {}

  /** Whether the last part has come. */
  get complete(): boolean {
    return this.ended;
  }

  /**
   * @returns the part's records, views into it; none for the last part.
   * @throws MalformedError, and then nothing has changed.
   */
  accept(bytes: Uint8Array): readonly SnapshotRecord[] {
    const part = decodePart(bytes);
    if (part === undefined) throw new MalformedError('a part of a snapshot fails its checksum');
    this.checkPlace(part);
    const { content } = part;
    if (content.kind === 'end') {
      if (content.recordCount !== this.recordCount) {
        throw new MalformedError(
          `the snapshot ends with ${content.recordCount} records and had ${this.recordCount}`,
        );
      }
      this.ended = true;
      return [];
    }
    this.lastKey = this.checkRecords(content.records);
    this.recordCount += content.records.length;
    this.sequence++;
    return content.records;
  }

  private checkPlace(part: SnapshotPart): void {
    if (part.index !== this.of.index || part.term !== this.of.term) {
      throw new MalformedError(
        `a part of the snapshot at ${part.index} of term ${part.term} among those at ${this.of.index} of term ${this.of.term}`,
      );
    }
    if (part.sequence !== this.sequence || this.ended) {
      const expected = this.ended ? 'no more' : String(this.sequence);
      throw new MalformedError(`part ${part.sequence} of a snapshot where ${expected} was due`);
    }
  }

  /** @returns the last key. */
  private checkRecords(records: readonly SnapshotRecord[]): Uint8Array {
    if (records.length === 0 || records.length > SNAPSHOT_PART_RECORDS_MAX) {
      throw new MalformedError(`a part of a snapshot with ${records.length} records`);
    }
    let last = this.lastKey;
    for (const [key] of records) {
      if (!isPortableKey(key)) throw new MalformedError('a part of a snapshot with a foreign key');
      if (Buffer.compare(last, key) >= 0) {
        throw new MalformedError('a part of a snapshot whose keys do not ascend');
      }
      last = key;
    }
    // A copy: the part is not kept.
    return Uint8Array.from(last);
  }
}
