const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
const RADIX = 36;
/** Two digits of each number below 36², with zeros in front. */
const PAIRS = Array.from({ length: RADIX * RADIX }, (_, value) => {
  return value.toString(RADIX).padStart(2, '0');
});

/**
 * A natural number up to 2^53 in base 36, like `toString(36)`, which takes five times as long for what
 * is no small integer to V8: ids and receipts are made for each message that is handed out.
 */
export function base36(value: number): string {
  let text = '';
  let rest = value;
  while (rest >= PAIRS.length) {
    const high = Math.floor(rest / PAIRS.length);
    text = `${PAIRS[rest - high * PAIRS.length]}${text}`;
    rest = high;
  }
  return `${rest < RADIX ? DIGITS[rest] : PAIRS[rest]}${text}`;
}
