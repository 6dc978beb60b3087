import { LINE_LENGTH_MAX } from '../limits.js';

/**
 * Cuts a stream of text into lines.
 *
 * Invariant: never holds more than LINE_LENGTH_MAX characters; a longer line comes in pieces.
 */
export class LineSplitter {
  private rest = '';

  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: string): void {
    const pieces = (this.rest + chunk).split('\n');
    this.rest = pieces.pop() ?? '';
    for (const piece of pieces) this.emit(piece);
    while (this.rest.length >= LINE_LENGTH_MAX) {
      this.onLine(this.rest.slice(0, LINE_LENGTH_MAX));
      this.rest = this.rest.slice(LINE_LENGTH_MAX);
    }
  }

  /** The stream has ended: what is left is a line too. */
  end(): void {
    if (this.rest !== '') this.emit(this.rest);
    this.rest = '';
  }

  private emit(line: string): void {
    for (let start = 0; start === 0 || start < line.length; start += LINE_LENGTH_MAX) {
      this.onLine(line.slice(start, start + LINE_LENGTH_MAX).replace(/\r$/, ''));
    }
  }
}
