import { readCommandLine } from './command-line.js';

describe('the command line of chaos', () => {
  function read(text: string): unknown {
    return readCommandLine(text === '' ? [] : text.split(' '), 99);
  }

  it('has a minute, three nodes and the random seed by default', () => {
    const options = { minutes: 1, seed: 99, nodes: 3, report: null, server: null, keep: false };
    expect(read('')).toEqual({ kind: 'run', options });
  });

  it('takes what it is told', () => {
    expect(read('--minutes 0.5 --seed 42 --nodes 5 --report out --server main.js --keep')).toEqual({
      kind: 'run',
      options: { minutes: 0.5, seed: 42, nodes: 5, report: 'out', server: 'main.js', keep: true },
    });
    expect(read('--check out')).toEqual({ kind: 'check', folder: 'out' });
    expect(read('--help')).toEqual({ kind: 'help' });
  });

  it.each([
    '--minutes 0',
    '--minutes x',
    '--minutes 121',
    '--nodes 2',
    '--seed -1',
    '--sed 1',
    'x',
  ])('refuses %s', (text) => {
    expect(read(text)).toMatchObject({ kind: 'refused' });
  });
});
