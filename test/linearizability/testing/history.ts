import type { Operation } from '../operation.js';

type Sketch<Input, Output> = readonly [
  client: string,
  /** From `(` to `)` the call is under way; without `)` it never returns. */
  span: string,
  input: Input,
  output: Output | null,
];

/** A history as a picture: each line is a call, each column an instant. */
export function history<Input, Output>(
  lines: readonly Sketch<Input, Output>[],
  key = 'object',
): readonly Operation<Input, Output>[] {
  return lines.map(([client, span, input, output]) => {
    const end = span.indexOf(')');
    const returnedAt = end === -1 ? null : end;
    return { client, key, input, output, invokedAt: span.indexOf('('), returnedAt };
  });
}
