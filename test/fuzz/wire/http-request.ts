/** A request as it goes over the wire; nothing in it is checked or completed by anybody. */
export interface HttpRequest {
  readonly method: string;
  /** Latin-1; percent-encoded when it is meant to be right. */
  readonly target: string;
  readonly version: string;
  /** In their order, names as they are; Latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Sent as it is, behind the headers. */
  readonly body: Buffer;
}

export function bytesOf({ method, target, version, headers, body }: HttpRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `${method} ${target} ${version}\r\n${lines}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body]);
}

/** The values of a header, in their order. */
export function headerValues(request: HttpRequest, name: string): readonly string[] {
  return request.headers
    .filter(([key]) => key.toLowerCase() === name)
    .map(([, value]) => value.trim());
}

/**
 * A command line for a shell that sends the same bytes. Requests that curl would change, or cannot
 * send, go through nc.
 */
export function shellCommand(port: number, request: HttpRequest): string {
  const { method, target, version, headers, body } = request;
  const isPlain =
    version === 'HTTP/1.1' &&
    /^[A-Z]+$/.test(method) &&
    method !== 'HEAD' &&
    /^\/[\x21-\x7e]*$/.test(target) &&
    headers.every(([name, value]) => /^[\w-]+$/.test(name) && /^[\x20-\x7e]+$/.test(value)) &&
    !headers.some(([name]) => name.toLowerCase() === 'transfer-encoding');
  if (!isPlain) return rawCommand(port, bytesOf(request));
  const sent = headers.filter(([name]) => !['host', 'content-length'].includes(name.toLowerCase()));
  return [
    `curl -i --path-as-is -g -X ${method}`,
    ...sent.map(([name, value]) => `-H ${quoted(Buffer.from(`${name}: ${value}`))}`),
    ...(body.length === 0 ? [] : [`--data-binary ${quoted(body)}`]),
    quoted(Buffer.from(`http://127.0.0.1:${port}${target}`)),
  ].join(' ');
}

export function rawCommand(port: number, bytes: Buffer): string {
  return `printf '%b' ${quoted(bytes, '\\0')} | nc -q 2 127.0.0.1 ${port}`;
}

/** $'…' of Bash, or with `octalPrefix` \\0 what its printf %b reads. */
function quoted(bytes: Buffer, octalPrefix = '\\'): string {
  const shown = bytes.subarray(0, 4_096);
  const text = [...shown]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c
        ? String.fromCharCode(byte)
        : octalPrefix + byte.toString(8).padStart(3, '0'),
    )
    .join('');
  const rest = bytes.length > shown.length ? `…and ${bytes.length - shown.length} bytes more` : '';
  return `${octalPrefix === '\\' ? '$' : ''}'${text}${rest}'`;
}
