import type { PermissionDeclaration } from './route-options.js';

/** One route as the server serves it. */
export interface Route {
  readonly method: string;
  /** The pattern, for example `/v1/locks/:name`. */
  readonly url: string;
  readonly permission: PermissionDeclaration | undefined;
}

interface Entry extends Route {
  /** The server knows the route only to refuse it. */
  readonly refused: boolean;
  readonly segments: readonly string[];
}

/** All routes of a server, to answer what else a path would take. Filled at boot, then only read. */
export class RouteTable {
  private readonly entries: Entry[] = [];

  /** @param refused Fastify made the route by itself, and it is not to be used. */
  add(route: Route, refused = false): void {
    this.entries.push({ ...route, refused, segments: route.url.split('/') });
  }

  all(): readonly Route[] {
    return this.entries
      .filter((entry) => !entry.refused)
      .map(({ method, url, permission }) => ({ method, url, permission }));
  }

  /** The methods that `path`, percent-encoded and without query, takes; sorted, none if unknown. */
  methodsOf(path: string): readonly string[] {
    const segments = path.split('/').map(decoded);
    const entries = this.entries.filter((entry) => matches(entry.segments, segments));
    const methods = new Set(entries.map(({ method }) => method));
    for (const { method, refused } of entries) if (refused) methods.delete(method);
    return [...methods].toSorted((a, b) => (a < b ? -1 : 1));
  }
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  for (const [index, expected] of pattern.entries()) {
    if (expected === '*') return path.length > index;
    const actual = path[index];
    if (actual === undefined) return false;
    if (!expected.startsWith(':') && expected !== actual) return false;
  }
  return pattern.length === path.length;
}

/** Percent-encoded as far as it can be decoded: the server matches `/v1/lo%63ks` too. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
