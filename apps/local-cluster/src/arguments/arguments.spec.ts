import { Refusal } from '../refusal.js';
import { parseArguments, type ClusterOptions } from './arguments.js';
import { helpText } from './help.js';
import { ALL_ROLES } from './roles.js';

function options(
  argv: readonly string[],
  environment: Record<string, string> = {},
): ClusterOptions {
  const parsed = parseArguments(argv, environment, '/work');
  if (parsed.kind !== 'start') throw new Error('expected start');
  return parsed.options;
}

function refusal(argv: readonly string[]): string {
  try {
    parseArguments(argv, {}, '/work');
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
  throw new Error('was not refused');
}

describe('parseArguments', () => {
  it('starts four nodes on embedded storage by default', () => {
    expect(options([])).toEqual({
      nodes: 4,
      basePort: 8001,
      dataFolder: '/work/.data',
      roles: [ALL_ROLES, ALL_ROLES, ALL_ROLES, ALL_ROLES],
      queueStore: 'replicated',
      cacheStore: 'replicated',
      redisUrl: undefined,
      fresh: false,
    });
  });

  it('takes every option', () => {
    const argv =
      '--nodes 3 --base-port=8101 --data /tmp/x --roles locks --queue-store redis --cache-store replicated --redis-url redis://h:1 --fresh';
    expect(options(argv.split(' '))).toEqual({
      nodes: 3,
      basePort: 8101,
      dataFolder: '/tmp/x',
      roles: [['locks'], ['locks'], ['locks']],
      queueStore: 'redis',
      cacheStore: 'replicated',
      redisUrl: 'redis://h:1',
      fresh: true,
    });
  });

  it('takes the Redis server from the environment', () => {
    const environment = { REDIS_URL: 'redis://here:6379' };
    expect(options(['--cache-store', 'redis'], environment).redisUrl).toBe('redis://here:6379');
  });

  it('answers --help and -h, whatever else is there', () => {
    expect(parseArguments(['--help', '--nodes', '0'], {}, '/')).toEqual({ kind: 'help' });
    expect(parseArguments(['-h'], {}, '/')).toEqual({ kind: 'help' });
  });

  it.each([
    [
      ['--nodes', '0'],
      '--nodes is "0", but must be a whole number from 1 to 10: leave it out for 4.',
    ],
    [
      ['--nodes', '2.5'],
      '--nodes is "2.5", but must be a whole number from 1 to 10: leave it out for 4.',
    ],
    [
      ['--base-port', '64526'],
      '--base-port is "64526", but must be a whole number from 1024 to 64525: leave it out for 8001.',
    ],
    [
      ['--queue-store', 'mysql'],
      '--queue-store is "mysql", but must be replicated or redis: leave it out for replicated.',
    ],
    [
      ['--cache-store', 'redis'],
      'The store redis needs a Redis server, and none is named: add --redis-url redis://127.0.0.1:6379.',
    ],
    [['--data', ''], '--data is empty: name a folder, or leave the option out.'],
    [['--bogus'], "Unknown option '--bogus': npm start -- --help lists what can be given."],
    [
      ['--nodes'],
      "Option '--nodes <value>' argument missing: npm start -- --help lists what can be given.",
    ],
    [['5'], "Unexpected argument '5': npm start -- --help lists what can be given."],
  ])('refuses %j in one sentence', (argv, sentence) => {
    expect(refusal(argv)).toBe(sentence);
  });
});

describe('helpText', () => {
  it('names every option and every command', () => {
    const names =
      '--nodes --base-port --data --fresh --roles --queue-store --cache-store --redis-url --help status kill pause resume stop start help quit';
    const text = helpText();
    expect(names.split(' ').filter((name) => !text.includes(name))).toEqual([]);
  });
});
