export const NODE_ACTIONS = ['kill', 'pause', 'resume', 'stop', 'start'] as const;
export type NodeAction = (typeof NODE_ACTIONS)[number];

export type Command =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'status' }
  | { readonly kind: 'help' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'node'; readonly action: NodeAction; readonly number: number }
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads one line of the terminal: `kill 2` and `kill node2` are the same. */
export function parseCommand(line: string, nodes: number): Command {
  const [word = '', argument, ...more] = line.trim().toLowerCase().split(/\s+/);
  switch (word) {
    case '':
      return { kind: 'nothing' };
    case 'status':
    case 'help':
    case 'quit':
      return { kind: word };
    case 'exit':
      return { kind: 'quit' };
    default:
  }
  const action = NODE_ACTIONS.find((name) => name === word);
  if (action === undefined) {
    return { kind: 'refused', reason: `There is no command "${word.slice(0, 40)}": type help.` };
  }
  const number = Number(/^(?:node)?([1-9]\d?)$/.exec(argument ?? '')?.[1] ?? 0);
  if (number < 1 || number > nodes || more.length > 0) {
    const range = nodes === 1 ? '1' : `1 to ${nodes}`;
    return {
      kind: 'refused',
      reason: `${action} takes the number of one node, ${range}: type for example ${action} 1.`,
    };
  }
  return { kind: 'node', action, number };
}
