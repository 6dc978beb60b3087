import { LOOK_TIMEOUT_MS } from '../limits.js';

/** One HTTP request of the bench itself; null when there is no successful answer in time. */
export async function look(url: string, init: RequestInit = {}): Promise<string | null> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
    const text = await response.text();
    return response.ok ? text : null;
  } catch {
    return null;
  }
}

/** The same for an answer that is a JSON object. */
export async function lookJson(
  url: string,
  init: RequestInit = {},
): Promise<Readonly<Record<string, unknown>> | null> {
  const text = await look(url, init);
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  return typeof value === 'object' && value !== null ? { ...value } : null;
}
