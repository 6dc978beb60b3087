import { nodeId } from '@sinkron/config';
import { PinoLogger } from './pino-logger.js';

function loggerOf(logFormat: 'json' | 'pretty', logLevel: 'info' | 'trace' | 'silent' = 'info') {
  const lines: string[] = [];
  let flushes = 0;
  const logger = PinoLogger.of(
    { nodeId: nodeId('node2'), logLevel, logFormat },
    {
      write: (line: string) => void lines.push(line),
      flushSync: () => {
        flushes++;
      },
    },
  );
  return { logger, lines, flushes: () => flushes };
}

/** One parsed line, without its time, which must be ISO 8601. */
function parsed(line: string | undefined): unknown {
  const { time, ...rest } = JSON.parse(line ?? '');
  expect(new Date(time).toISOString()).toBe(time);
  return rest;
}

describe('PinoLogger', () => {
  it('writes one JSON object a line, with the node and the fields', () => {
    const { logger, lines } = loggerOf('json');
    logger.log('lock granted', { lock: 'orders/1', token: 7 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(parsed(lines[0])).toEqual({
      level: 'info',
      nodeId: 'node2',
      message: 'lock granted',
      lock: 'orders/1',
      token: 7,
    });
  });

  it.each([
    'InstanceLoader',
    'NestApplication',
    'NestFactory',
    'NestMicroservice',
    'RouterExplorer',
    'RoutesResolver',
  ])('writes what %s tells at every boot for debugging only', (context) => {
    const quiet = loggerOf('json');
    quiet.logger.log('as always', context);
    expect(quiet.lines).toEqual([]);
    const all = loggerOf('json', 'trace');
    all.logger.log('as always', context);
    all.logger.error('for once', undefined, context);
    expect(all.lines.map(parsed)).toEqual([
      { level: 'debug', nodeId: 'node2', context, message: 'as always' },
      { level: 'error', nodeId: 'node2', context, message: 'for once' },
    ]);
  });

  it('takes what Nest says: a context at the end, a stack before it', () => {
    const { logger, lines } = loggerOf('json');
    logger.log('this is a new cluster', 'ClusterService');
    logger.error('failed', 'Error: failed\n    at x', 'ExceptionsHandler');
    logger.warn('slow', { ms: 5 }, 'Storage');
    logger.error('unnamed', undefined, 'Context');
    expect(lines.map(parsed)).toEqual([
      {
        level: 'info',
        nodeId: 'node2',
        context: 'ClusterService',
        message: 'this is a new cluster',
      },
      {
        level: 'error',
        nodeId: 'node2',
        context: 'ExceptionsHandler',
        stack: 'Error: failed\n    at x',
        message: 'failed',
      },
      { level: 'warn', nodeId: 'node2', context: 'Storage', ms: 5, message: 'slow' },
      { level: 'error', nodeId: 'node2', context: 'Context', message: 'unnamed' },
    ]);
  });

  it('writes errors with their stack and cause, wherever they stand', () => {
    const { logger, lines } = loggerOf('json');
    const error = new TypeError('wrong', { cause: new Error('deeper') });
    logger.error('in fields', { error });
    logger.error(error, { lock: 'a' });
    logger.error('behind', error, 'Http');
    for (const [index, message] of ['in fields', 'wrong', 'behind'].entries()) {
      expect(parsed(lines[index])).toMatchObject({
        message,
        error: {
          type: 'TypeError',
          message: 'wrong: deeper',
          stack: expect.stringMatching(/TypeError: wrong\n[^]*caused by: Error: deeper/),
        },
      });
    }
  });

  it('writes objects as fields and anything else as text', () => {
    const { logger, lines } = loggerOf('json');
    logger.log({ a: 1 });
    logger.log(5);
    expect(lines.map(parsed)).toEqual([
      { level: 'info', nodeId: 'node2', a: 1 },
      { level: 'info', nodeId: 'node2', message: '5' },
    ]);
  });

  it('keeps to its level', () => {
    const levels = (level: 'info' | 'trace' | 'silent') => {
      const { logger, lines } = loggerOf('json', level);
      for (const name of ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'] as const) {
        logger[name]('x');
      }
      return lines.map((line) => JSON.parse(line).level);
    };
    expect(levels('trace')).toEqual(['fatal', 'error', 'warn', 'info', 'debug', 'trace']);
    expect(levels('info')).toEqual(['fatal', 'error', 'warn', 'info']);
    expect(levels('silent')).toEqual([]);
  });

  it('flushes behind a fatal line, and when it is told to', () => {
    const { logger, flushes } = loggerOf('pretty');
    logger.error('not yet');
    expect(flushes()).toBe(0);
    logger.fatal('the node stops');
    expect(flushes()).toBe(1);
    logger.flush();
    expect(flushes()).toBe(2);
  });

  it('writes for people at once, as one text a line', () => {
    const { logger, lines } = loggerOf('pretty');
    logger.log('lock granted', { token: 7 }, 'Locks');
    logger.log('no context');
    expect(lines.map((line) => line.replace(/\d\d:\d\d:\d\d\.\d{3}/, 'TIME'))).toEqual([
      '[TIME] INFO: node2 Locks: lock granted\n    token: 7\n',
      '[TIME] INFO: node2 no context\n',
    ]);
  });
});
