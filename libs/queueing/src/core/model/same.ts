/** Whether two plain values are the same in all their parts. */
export function isSame(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]))
  );
}

/** Jest says what differs, and is slow where nothing does. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (!isSame(actual, expected)) expect(actual).toEqual(expected);
}

/** Like an assertion of Jest, which costs too much to be made a million times. */
export function expectTrue(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not true: ${what}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
