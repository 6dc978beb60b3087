import type { Call } from './call.js';

export interface Grant {
  readonly name: string;
  readonly token: number;
  readonly holds: number;
  readonly mode: string;
}

/** The grants in the answer to an acquire or renewal of one lock or of several; none: not granted. */
export function grantsIn({ outcome }: Call): readonly Grant[] {
  if (outcome.kind !== 'answered' || outcome.status !== 200) return [];
  const all = field(outcome.body, 'locks');
  return (Array.isArray(all) ? all : [outcome.body]).map(readGrant);
}

/** The id in the answer to a creation of a session. */
export function sessionIn({ outcome }: Call): string | undefined {
  if (outcome.kind !== 'answered' || outcome.status !== 201) return undefined;
  return String(field(outcome.body, 'sessionId'));
}

/** Whether the server has said so: 200 or another success. */
export function succeeded({ outcome }: Call): boolean {
  return outcome.kind === 'answered' && outcome.status < 300;
}

export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function readGrant(value: unknown): Grant {
  return {
    name: String(field(value, 'name')),
    token: Number(field(value, 'token')),
    holds: Number(field(value, 'holds')),
    mode: String(field(value, 'mode')),
  };
}
