/**
 * JSON text that is the same for equal values (RFC 8785): members sorted by UTF-16 code units, no
 * white space, numbers and strings as ECMAScript writes them.
 *
 * @param value something that JSON.parse made, so without cycles; its depth is bounded there.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
