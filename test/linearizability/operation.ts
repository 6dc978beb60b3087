/** One operation of one client on one object, as the client saw it. */
export interface Operation<Input, Output> {
  readonly client: string;
  /** The object. Objects are independent of each other, and checked one by one. */
  readonly key: string;
  readonly input: Input;
  /** Null when the outcome is unknown: it took effect at some time after its call, or never. */
  readonly output: Output | null;
  /** On one clock for the whole history; any unit. */
  readonly invokedAt: number;
  /** Null when it never returned; then its outcome is unknown, too. */
  readonly returnedAt: number | null;
}

/** What the object would do if operations came one after the other. */
export interface SequentialModel<State, Input, Output> {
  initial(key: string): State;
  /**
   * The states in which the operation may leave the object; none when it cannot give this output
   * in this state. The output is null when nobody knows it: then every output is possible.
   */
  step(state: State, input: Input, output: Output | null): readonly State[];
  /**
   * Whether this output, which is known, can be given neither in this state nor in any that follows
   * it. The search goes back at once then; it is right without, too.
   */
  isTooLate?(state: State, input: Input, output: Output): boolean;
  /** Equal for equal states, leaving their burdens aside. */
  identify(state: State): string;
  /**
   * Numbers that only restrict what can follow: of two states with the same identity, the one that
   * has none larger permits all that the other permits. As many for the same identity.
   */
  burdens?(state: State): readonly number[];
}

export interface CheckOptions {
  /** Calls of the model, for each key, after which the search gives up. */
  readonly stepsMax: number;
}

export interface Violation<Input, Output> {
  readonly kind: 'violation';
  readonly key: string;
  /**
   * The shortest beginning of the key's history that has no explanation, by time of call: whatever
   * was called before the earliest return in `blocked`. With a model that looks ahead, what is known
   * of later operations counts for this beginning too.
   */
  readonly operations: readonly Operation<Input, Output>[];
  /** The longest order of operations that was found to be possible. */
  readonly linearized: readonly Operation<Input, Output>[];
  /** Could have come next, each of them, but none gives the answer that its client got. */
  readonly blocked: readonly Operation<Input, Output>[];
  readonly steps: number;
}

export type Verdict<Input, Output> =
  | { readonly kind: 'linearizable'; readonly steps: number }
  | Violation<Input, Output>
  /** Not decided within `stepsMax`: neither proved nor refuted. */
  | { readonly kind: 'undecided'; readonly key: string; readonly steps: number };
