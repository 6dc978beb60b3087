/** One event of a stream. */
export interface StreamEvent {
  /** From where a reader resumes after it; of one line. */
  readonly id: string;
  readonly event: string;
  /** Anything that JSON can say. */
  readonly data: unknown;
}

/** An event as it is sent (WHATWG HTML §9.2.5). JSON text has no line breaks to care for. */
export function eventText({ id, event, data }: StreamEvent): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Sets from where a reader resumes, which sees no event. */
export function positionText(id: string): string {
  return `: position\nid: ${id}\n\n`;
}

/** What was asked for is forgotten: events are missing before those that follow. */
export const RESET_TEXT = 'event: reset\ndata: {}\n\n';

/** The last words to a reader that is too far behind; without an id, it resumes where it was. */
export const OVERFLOW_TEXT = 'event: overflow\ndata: {}\n\n';

/** Keeps proxies from taking a silent stream for a dead one. */
export const COMMENT_TEXT = ': alive\n\n';
