import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { COMMAND_LENGTH_MAX } from '../limits.js';

export interface TerminalStreams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

export interface TerminalEvents {
  readonly onLine: (line: string) => void;
  /** Ctrl-C or Ctrl-D typed here; without a terminal they come as signals, or not at all. */
  readonly onInterrupt: () => void;
}

const PROMPT = 'sinkron> ';

/**
 * Prints above the line that is being typed, and hands over typed or piped lines.
 *
 * Without a terminal it only prints, and reads what comes through a pipe until that ends.
 */
export class Terminal {
  private readonly interactive: boolean;
  private reader: Interface | null = null;

  constructor(
    private readonly streams: TerminalStreams,
    private readonly events: TerminalEvents,
  ) {
    this.interactive = streams.input.isTTY === true && streams.output.isTTY === true;
  }

  /** Starts reading. */
  open(): void {
    const { input, output } = this.streams;
    // A job in the background keeps its terminal as stdin, but is stopped when it reads from it.
    if (input.isTTY === true && !this.interactive) return;
    input.on('error', () => {
      this.close();
    });
    this.reader = createInterface({
      input,
      output: this.interactive ? output : undefined,
      terminal: this.interactive,
      prompt: PROMPT,
      historySize: 100,
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    this.reader.on('line', (line) => {
      this.events.onLine(line.slice(0, COMMAND_LENGTH_MAX));
      this.reader?.prompt();
    });
    if (!this.interactive) return;
    this.reader.on('SIGINT', this.events.onInterrupt);
    this.reader.on('close', () => {
      if (this.reader === null) return;
      this.reader = null;
      this.events.onInterrupt();
    });
    this.reader.prompt();
  }

  print(text: string): void {
    const { output } = this.streams;
    if (!this.interactive || this.reader === null) {
      output.write(`${text}\n`);
      return;
    }
    cursorTo(output, 0);
    clearLine(output, 0);
    output.write(`${text}\n`);
    this.reader.prompt(true);
  }

  /** Nothing more is asked for; Ctrl-C is still heard. */
  hidePrompt(): void {
    this.reader?.setPrompt('');
  }

  /** Stops reading, so that the process can end; printing goes on. */
  close(): void {
    const reader = this.reader;
    this.reader = null;
    reader?.close();
    this.streams.input.destroy();
  }
}
