import type { Reply } from './reply.js';
import type { RequestMethod } from './request-server.js';

/** How long one node is asked, and the pauses between tries, microseconds. */
const ATTEMPT_US = 1_000_000;
const PAUSE_US_MIN = 10_000;
const PAUSE_US_MAX = 100_000;

export interface CallRequest {
  readonly method: RequestMethod;
  readonly body: unknown;
  /** Virtual microseconds at which the caller gives up. */
  readonly deadlineUs: number;
  /** The same as long as no try may have been done. */
  readonly giveUpByUs?: number | undefined;
}

export type CallEnd =
  | {
      readonly kind: 'reply';
      readonly reply: Extract<Reply, { kind: 'outcome' | 'result' }>;
      /** An earlier try may have been done as well. */
      readonly repeated: boolean;
    }
  /** A try is out of sight: it may have been done, or be done later. */
  | { readonly kind: 'unknown' }
  /** No try can have been appended anywhere. */
  | { readonly kind: 'notDone' };

/** What a call needs of its node. */
export interface CallPort {
  nowUs(): number;
  /** Who leads, as far as this node knows. */
  leader(): string;
  heardLeader(leader: string | null, asked: string): void;
  /** Asks a node; `replied` may never be called. */
  ask(node: string, method: RequestMethod, body: unknown, replied: (reply: Reply) => void): void;
  after(delayUs: number, run: () => void): void;
}

/**
 * Asks whoever leads, through changes of leader, until the caller's deadline: the production
 * LeaderCall without its promises. Every try of a command carries the same id.
 */
export class LeaderCall {
  private outOfSight = false;
  private pauseUs = PAUSE_US_MIN;
  private attempt = 0;
  private ended = false;

  constructor(
    private readonly port: CallPort,
    private readonly request: CallRequest,
    private readonly done: (end: CallEnd) => void,
  ) {}

  start(): void {
    const { port, request } = this;
    if (this.ended) return;
    const { deadlineUs, giveUpByUs = deadlineUs } = request;
    const untilUs = this.outOfSight ? deadlineUs : Math.min(giveUpByUs, deadlineUs);
    const remainingUs = untilUs - port.nowUs();
    if (remainingUs <= 0) {
      return this.end(this.outOfSight ? { kind: 'unknown' } : { kind: 'notDone' });
    }
    const asked = port.leader();
    this.attempt += 1;
    const { attempt } = this;
    port.ask(asked, request.method, request.body, (reply) => {
      if (attempt === this.attempt && !this.ended) this.replied(asked, reply);
    });
    port.after(Math.min(ATTEMPT_US, deadlineUs - port.nowUs()), () => {
      if (attempt !== this.attempt || this.ended) return;
      this.outOfSight = true;
      port.heardLeader(null, asked);
      this.pause();
    });
  }

  private replied(asked: string, reply: Reply): void {
    switch (reply.kind) {
      case 'outcome':
      case 'result':
        return this.end({ kind: 'reply', reply, repeated: this.outOfSight });
      case 'lost':
        this.outOfSight = true;
        this.port.heardLeader(null, asked);
        return this.pause();
      case 'refused': {
        const { reason, leader } = reply;
        if (reason === 'overloaded' && !this.outOfSight) return this.end({ kind: 'notDone' });
        // It leads, and cannot for the moment.
        const leads = reason === 'noQuorum' || reason === 'transferring';
        if (!leads) this.port.heardLeader(leader === asked ? null : leader, asked);
        return this.pause();
      }
    }
  }

  private pause(): void {
    this.attempt += 1;
    const { attempt } = this;
    this.port.after(this.pauseUs, () => {
      if (attempt === this.attempt) this.start();
    });
    this.pauseUs = Math.min(this.pauseUs * 2, PAUSE_US_MAX);
  }

  private end(end: CallEnd): void {
    this.ended = true;
    this.done(end);
  }
}
