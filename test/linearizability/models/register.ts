import type { SequentialModel } from '../operation.js';

export type RegisterInput =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly value: number }
  | { readonly kind: 'compare-and-set'; readonly expected: number; readonly value: number };

export type RegisterOutput =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'differs' };

/** A number, at first 0, that is read, written, and exchanged for another one. */
export const REGISTER: SequentialModel<number, RegisterInput, RegisterOutput> = {
  initial: () => 0,
  step(state, input, output) {
    switch (input.kind) {
      case 'read':
        return output === null || (output.kind === 'value' && output.value === state)
          ? [state]
          : [];
      case 'write':
        return output === null || output.kind === 'done' ? [input.value] : [];
      case 'compare-and-set': {
        const equal = state === input.expected;
        if (output !== null && (output.kind === 'done') !== equal) return [];
        return [equal ? input.value : state];
      }
    }
  },
  identify: String,
};
