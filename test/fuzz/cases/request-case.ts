import type { Operation } from '../document/api-document.js';
import type { HttpRequest } from '../wire/http-request.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A request of an operation before it is written out; wrong parts take the place of right ones. */
export interface RequestParts {
  readonly operation: Operation;
  /** Path parameters, decoded. */
  readonly path: Readonly<Record<string, string>>;
  /** Decoded. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  /** Undefined: none is sent. */
  readonly body: JsonObject | undefined;
  /** In place of the body as JSON. */
  readonly bodyBytes?: Buffer;
  readonly contentType?: string | null;
  readonly method?: string;
  /** In place of path and query, percent-encoded. */
  readonly target?: string;
  readonly version?: string;
  /** Headers that are not to be sent though they belong there. */
  readonly without?: readonly string[];
}

/** What a request must lead to, besides a documented answer. */
export type Expectation =
  /** It is right: it may fail, but not because it is wrong. */
  | { readonly kind: 'valid' }
  /** It is wrong: it must be refused with this code. */
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'any' };

/** What makes a right request a wrong or an odd one. */
export interface Twist {
  readonly label: string;
  readonly expectation: Expectation;
  readonly apply: (parts: RequestParts) => RequestParts;
}

export const VALID: Expectation = { kind: 'valid' };
export const ANY: Expectation = { kind: 'any' };
export const INVALID: Expectation = { kind: 'refused', code: 'VALIDATION_FAILED' };

/** One request of a run. */
export interface RequestCase {
  /** Which node is asked, from 0. */
  readonly node: number;
  readonly parts: RequestParts;
  /** Selects a hold or session that there is, to be named by the request; null: none. */
  readonly live: number | null;
  readonly twist: Twist | null;
}

/** Writes a request out. */
export function requestOf(parts: RequestParts): HttpRequest {
  const { operation, bodyBytes, body, contentType = 'application/json', without = [] } = parts;
  const bytes =
    bodyBytes ?? (body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body)));
  const hasBody = bodyBytes !== undefined || body !== undefined;
  const own: (readonly [string, string])[] = [['Host', 'fuzz']];
  if (hasBody && contentType !== null) own.push(['Content-Type', contentType]);
  if (hasBody) own.push(['Content-Length', String(bytes.length)]);
  return {
    method: parts.method ?? operation.method,
    target: parts.target ?? targetOf(parts),
    version: parts.version ?? 'HTTP/1.1',
    headers: [...own.filter(([name]) => !without.includes(name)), ...parts.headers],
    body: bytes,
  };
}

/** Path and query, percent-encoded. */
export function targetOf({ operation, path, query }: RequestParts): string {
  const names = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    encodeURIComponent(path[name] ?? ''),
  );
  const pairs = query.map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? names : `${names}?${pairs.join('&')}`;
}
