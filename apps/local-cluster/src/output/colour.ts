export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'dim' | 'bold';

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Puts text in colour, or leaves it as it is. */
export type Painter = (colour: Colour, text: string) => string;

export const plain: Painter = (_colour, text) => text;

export const inColour: Painter = (colour, text) => {
  const [on, off] = CODES[colour];
  return `\u001B[${on}m${text}\u001B[${off}m`;
};

/** Colours on a terminal, unless NO_COLOR (no-color.org) is set. */
export function painterFor(
  isTerminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Painter {
  return isTerminal && (environment['NO_COLOR'] ?? '') === '' ? inColour : plain;
}

const NODE_COLOURS: readonly Colour[] = ['cyan', 'magenta', 'blue', 'green', 'yellow'];

/** The colour of a node's name, the same in every line. */
export function nodeColour(number: number): Colour {
  return NODE_COLOURS[(number - 1) % NODE_COLOURS.length] ?? 'cyan';
}
