import type { SequentialModel } from '../operation.js';

export type BagInput = { readonly kind: 'put'; readonly value: number } | { readonly kind: 'take' };

/** What was taken; null for an empty bag, and for a put. */
export interface BagOutput {
  readonly value: number | null;
}

/** Gives back any one of what was put into it: where a state may be followed by several. */
export const BAG: SequentialModel<readonly number[], BagInput, BagOutput> = {
  initial: () => [],
  step(state, input, output) {
    if (input.kind === 'put') return [[...state, input.value]];
    if (output !== null && output.value === null) return state.length === 0 ? [state] : [];
    return state.flatMap((value, place) => {
      return output === null || output.value === value ? [state.toSpliced(place, 1)] : [];
    });
  },
  identify: (state) => state.toSorted((left, right) => left - right).join(),
};
