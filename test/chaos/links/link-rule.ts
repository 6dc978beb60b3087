/** What becomes of the bytes that one node sends to another. */
export type LinkRule =
  | { readonly kind: 'open' }
  /** Withheld until another rule comes: nobody is told, as when a network drops packets. */
  | { readonly kind: 'cut' }
  | {
      readonly kind: 'slow';
      readonly delayMs: number;
      /** Added to the delay of each chunk: from 0 to this, drawn anew; bytes keep their order. */
      readonly jitterMs: number;
      readonly bytesPerSecond: number;
    };

export const OPEN: LinkRule = { kind: 'open' };
export const CUT: LinkRule = { kind: 'cut' };
