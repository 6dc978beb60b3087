import { parseArguments, Refusal } from './arguments.js';

function refusal(...argv: string[]): string {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  return 'no refusal';
}

describe('parseArguments', () => {
  it('has defaults for everything', () => {
    expect(parseArguments(['locks'])).toEqual({
      kind: 'locks',
      options: {
        rounds: 3,
        seconds: 5,
        nodes: [3, 4],
        kills: 20,
        only: [],
        peers: true,
        jsonFile: null,
        documentFile: null,
        serverFile: null,
      },
    });
  });

  it('reads every option', () => {
    const text =
      'locks --rounds 1 --seconds 2 --nodes 5 --kills 0 --only pairs,renew-64 --no-peers --json a --document b --server c';
    expect(parseArguments(text.split(' '))).toEqual({
      kind: 'locks',
      options: {
        rounds: 1,
        seconds: 2,
        nodes: [5],
        kills: 0,
        only: ['pairs', 'renew-64'],
        peers: false,
        jsonFile: 'a',
        documentFile: 'b',
        serverFile: 'c',
      },
    });
    expect(parseArguments(['--help'])).toEqual({ kind: 'help' });
  });

  it('refuses what it does not understand, with the way out', () => {
    expect(parseArguments(['queues']).kind).toBe('queues');
    expect(refusal('caches')).toBe(
      'There is a bench for locks and one for queues, not for "caches": npm run bench -- locks.',
    );
    expect(refusal('locks', '--nodes', '3,x')).toBe(
      '--nodes is "x": give a whole number from 1 to 7.',
    );
    expect(refusal('locks', '--rounds', '0')).toBe(
      '--rounds is "0": give a whole number from 1 to 50.',
    );
    expect(refusal('locks', '--fast')).toBe(
      "Unknown option '--fast': npm run bench -- --help lists what can be given.",
    );
  });
});
