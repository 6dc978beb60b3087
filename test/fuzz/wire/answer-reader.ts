/** An answer as it came. */
export interface WireAnswer {
  readonly status: number;
  /** By lower-case name, each value of a repeated one. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
  /** Its body never ends: only the head was read. */
  readonly endless: boolean;
}

/** Bytes from the server that are no HTTP. */
export class NotHttp extends Error {
  override readonly name = 'NotHttp';
}

const HEAD_END = '\r\n\r\n';
const FIRST_LINE_PATTERN = /^HTTP\/1\.1 (\d{3}) [\x20-\x7e]*$/;
const HEADER_PATTERN = /^([!#$%&'*+.^_`|~\w-]+): ?([\x20-\x7e\x80-\xff\t]*)$/;
const BODILESS: ReadonlySet<number> = new Set([204, 304]);

/** Cuts what a server sends into answers, and takes nothing that HTTP/1.1 does not allow. */
export class AnswerReader {
  private rest: Buffer = Buffer.alloc(0);

  /** Bytes that belong to no complete answer. */
  get unread(): number {
    return this.rest.length;
  }

  push(chunk: Buffer): void {
    this.rest = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
  }

  /**
   * The next complete answer; interim ones (100 Continue) are skipped.
   *
   * @param toHead the request was a HEAD.
   * @throws NotHttp
   */
  next(toHead: boolean): WireAnswer | undefined {
    for (;;) {
      const end = this.rest.indexOf(HEAD_END);
      if (end === -1) return undefined;
      const answer = this.read(end, toHead);
      if (answer === undefined) return undefined;
      this.rest = this.rest.subarray(answer.consumed);
      if (answer.status >= 200) return answer;
    }
  }

  private read(end: number, toHead: boolean): (WireAnswer & { consumed: number }) | undefined {
    const [first = '', ...lines] = this.rest.subarray(0, end).toString('latin1').split('\r\n');
    const status = Number(FIRST_LINE_PATTERN.exec(first)?.[1]);
    if (Number.isNaN(status)) throw new NotHttp(`first line ${JSON.stringify(first)}`);
    const headers = readHeaders(lines);
    const start = end + HEAD_END.length;
    const common = { status, headers };
    const endless = headers.get('content-type')?.[0]?.startsWith('text/event-stream') === true;
    if (endless && !toHead) {
      return { ...common, body: Buffer.alloc(0), endless, consumed: this.rest.length };
    }
    if (toHead || status < 200 || BODILESS.has(status)) {
      return { ...common, body: Buffer.alloc(0), endless: false, consumed: start };
    }
    const length = headers.get('content-length');
    if (length === undefined) {
      if (headers.get('transfer-encoding')?.[0] !== 'chunked') {
        throw new NotHttp(`an answer ${status} without a length`);
      }
      const chunked = readChunks(this.rest, start);
      return chunked && { ...common, ...chunked, endless: false };
    }
    if (length.length !== 1 || !/^\d+$/.test(length[0] ?? '')) throw new NotHttp('content-length');
    const consumed = start + Number(length[0]);
    if (this.rest.length < consumed) return undefined;
    return { ...common, body: this.rest.subarray(start, consumed), endless: false, consumed };
  }
}

function readHeaders(lines: readonly string[]): Map<string, readonly string[]> {
  const headers = new Map<string, readonly string[]>();
  for (const line of lines) {
    const [, name, value = ''] = HEADER_PATTERN.exec(line) ?? [];
    if (name === undefined) throw new NotHttp(`header ${JSON.stringify(line)}`);
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
}

function readChunks(bytes: Buffer, start: number): { body: Buffer; consumed: number } | undefined {
  const parts: Buffer[] = [];
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const text = bytes.subarray(at, lineEnd).toString('latin1');
    if (!/^[\da-f]+$/i.test(text)) throw new NotHttp(`chunk size ${JSON.stringify(text)}`);
    const size = Number.parseInt(text, 16);
    const from = lineEnd + 2;
    if (bytes.length < from + size + 2) return undefined;
    parts.push(bytes.subarray(from, from + size));
    at = from + size + 2;
    if (size === 0) return { body: Buffer.concat(parts), consumed: at };
  }
}
