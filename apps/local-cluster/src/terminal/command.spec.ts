import { parseCommand, type Command } from './command.js';

describe('parseCommand', () => {
  const cases: readonly (readonly [string, Command])[] = [
    ['', { kind: 'nothing' }],
    ['   ', { kind: 'nothing' }],
    ['status', { kind: 'status' }],
    [' HELP ', { kind: 'help' }],
    ['quit', { kind: 'quit' }],
    ['exit', { kind: 'quit' }],
    ['kill 2', { kind: 'node', action: 'kill', number: 2 }],
    ['pause  node4', { kind: 'node', action: 'pause', number: 4 }],
    ['resume 1', { kind: 'node', action: 'resume', number: 1 }],
    ['stop 1', { kind: 'node', action: 'stop', number: 1 }],
    ['start 3', { kind: 'node', action: 'start', number: 3 }],
    ['dance', { kind: 'refused', reason: 'There is no command "dance": type help.' }],
    ...['kill', 'kill 0', 'kill 5', 'kill x', 'kill 1 2', 'kill 2.0'].map(
      (line): [string, Command] => [
        line,
        {
          kind: 'refused',
          reason: 'kill takes the number of one node, 1 to 4: type for example kill 1.',
        },
      ],
    ),
  ];

  it.each(cases)('reads "%s"', (line, command) => {
    expect(parseCommand(line, 4)).toEqual(command);
  });
});
