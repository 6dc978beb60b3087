import { decode, encode, TupleReader } from '../codec/tuple.js';
import type { IdempotencyScope } from './command.js';
import { IDEMPOTENCY_KEYS_MAX, IDEMPOTENCY_SWEEP_MAX, IDEMPOTENCY_WINDOW_MS } from './limits.js';
import type { ApplyContext, StateTables } from './replicated-machine.js';
import { readAtOnce, type Rereading } from './rereading.js';

const ANSWERS = 'answers';

interface Answer {
  readonly fingerprint: string;
  readonly expiresAtMs: number;
  readonly result: unknown;
}

/** When an answer was remembered: the entry, and the place among those of the same entry. */
interface Moment {
  readonly index: number;
  readonly place: number;
}

interface Remembered {
  readonly scope: string;
  readonly answer: Answer;
  readonly place: number;
}

export type Recollection =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly result: unknown }
  | { readonly kind: 'reused' }
  | { readonly kind: 'full' };

/**
 * Answers remembered for callers' Idempotency-Keys, for ten minutes of log time.
 *
 * All answers live equally long, so they expire in the order in which they were remembered;
 * each command that brings a key forgets a few expired ones. That order is on the disk too: replicas
 * forget the same ones, also when some of them were restarted.
 */
export class IdempotencyTable {
  /** In the order of remembering, which is that of expiry. */
  private answers = new Map<string, Answer>();
  private latest: Moment = { index: 0, place: 0 };

  constructor(private readonly tables: StateTables) {
    readAtOnce(this.reread());
  }

  /** Reads the table anew, as at start; see `ReplicatedMachine.reread`. */
  *reread(): Rereading {
    const byEntry = new Map<number, Remembered[]>();
    for (const [scope, value] of this.tables.range(ANSWERS)) {
      const reader = new TupleReader(decode(value));
      const fingerprint = reader.text();
      const expiresAtMs = reader.natural();
      const answer = { fingerprint, expiresAtMs, result: reader.any() };
      const index = reader.natural();
      const remembered = { scope, answer, place: reader.natural() };
      const ofEntry = byEntry.get(index);
      if (ofEntry === undefined) byEntry.set(index, [remembered]);
      else ofEntry.push(remembered);
      yield;
    }
    const answers = new Map<string, Answer>();
    // Numbers in an array of their own are ordered some ten times as fast as answers.
    for (const index of Float64Array.from(byEntry.keys()).sort()) {
      const ofEntry = byEntry.get(index) ?? [];
      for (const { scope, answer } of ofEntry.sort((one, other) => one.place - other.place)) {
        answers.set(scope, answer);
        yield;
      }
    }
    return () => {
      this.answers = answers;
      this.latest = { index: 0, place: 0 };
    };
  }

  recall(request: IdempotencyScope, logTimeMs: number): Recollection {
    this.sweep(logTimeMs);
    const answer = this.answers.get(request.scope);
    if (answer !== undefined && answer.expiresAtMs > logTimeMs) {
      if (answer.fingerprint !== request.fingerprint) return { kind: 'reused' };
      return { kind: 'known', result: answer.result };
    }
    return this.answers.size >= IDEMPOTENCY_KEYS_MAX ? { kind: 'full' } : { kind: 'unknown' };
  }

  /**
   * Remembers an answer, also beyond the limit: its command was admitted below it. A command that
   * is answered later than applied was so too, hence the limit is passed by no more of them than
   * wait at once.
   */
  remember(
    request: IdempotencyScope,
    result: unknown,
    { index, logTimeMs }: Pick<ApplyContext, 'index' | 'logTimeMs'>,
  ): void {
    const expiresAtMs = logTimeMs + IDEMPOTENCY_WINDOW_MS;
    const { scope, fingerprint } = request;
    this.answers.delete(scope);
    this.answers.set(scope, { fingerprint, expiresAtMs, result });
    // Entries are applied whole, so every replica counts alike.
    this.latest = { index, place: index === this.latest.index ? this.latest.place + 1 : 0 };
    const { place } = this.latest;
    this.tables.put(ANSWERS, scope, encode([fingerprint, expiresAtMs, result, index, place]));
  }

  private sweep(logTimeMs: number): void {
    let swept = 0;
    for (const [scope, answer] of this.answers) {
      if (answer.expiresAtMs > logTimeMs || swept >= IDEMPOTENCY_SWEEP_MAX) return;
      this.answers.delete(scope);
      this.tables.remove(ANSWERS, scope);
      swept += 1;
    }
  }
}
