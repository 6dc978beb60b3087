import type { SequentialModel } from '../operation.js';

/** The places from which the search has gone on: operations in the order so far, and a state. */
export class Visited<State> {
  /** By operations and identity: the burdens of the states there, none worse than another. */
  private readonly places = new Map<string, (readonly number[])[]>();

  constructor(
    private readonly model: Pick<SequentialModel<State, never, never>, 'identify' | 'burdens'>,
  ) {}

  /**
   * Whether all that can follow here could follow a state that was here before; if not, this one
   * is remembered.
   */
  covers(operations: string, state: State): boolean {
    const { model, places } = this;
    const name = `${operations} ${model.identify(state)}`;
    const burdens = model.burdens?.(state) ?? [];
    const known = places.get(name) ?? [];
    if (known.some((other) => isNoWorse(other, burdens))) return true;
    places.set(name, [...known.filter((other) => !isNoWorse(burdens, other)), burdens]);
    return false;
  }
}

function isNoWorse(left: readonly number[], right: readonly number[]): boolean {
  return left.every((burden, place) => burden <= (right[place] ?? -Infinity));
}
