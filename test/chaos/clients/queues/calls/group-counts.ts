import { field } from '../../calls/answers.js';

/** How many messages a group has, by what a node says. */
export interface GroupCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
  readonly deadLettered: number;
}

/** @param body of an answer about a group. */
export function countsIn(body: unknown): GroupCounts {
  return {
    ready: Number(field(body, 'ready')),
    delayed: Number(field(body, 'delayed')),
    inFlight: Number(field(body, 'inFlight')),
    deadLettered: Number(field(body, 'deadLettered')),
  };
}

/** Whether every message was acknowledged, or given up. */
export function isDrained({ ready, delayed, inFlight }: GroupCounts): boolean {
  return ready === 0 && delayed === 0 && inFlight === 0;
}
