import type { LoggerService } from '@nestjs/common';
import type { SinkronConfiguration } from '@sinkron/config';
import { pino, type Logger } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Where lines go; pino itself calls `flushSync` behind a fatal line. */
export interface LogDestination {
  write(line: string): void;
  flushSync(): void;
}

type LoggerConfiguration = Pick<SinkronConfiguration, 'nodeId' | 'logLevel' | 'logFormat'>;
type Method = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** Contexts in which Nest tells of each module, route and listener at every boot: for debugging. */
const BOOT_CONTEXTS: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/**
 * Nest's logger by pino: one line an event, each with the node's id. Call it as
 * `log('lock granted', { lock, token })`; what Nest itself logs ends with its context, a string.
 */
export class PinoLogger implements LoggerService {
  private constructor(
    private readonly logger: Logger,
    private readonly destination: LogDestination,
  ) {}

  /**
   * @param destination where lines go; standard output when left out.
   */
  static of(configuration: LoggerConfiguration, destination?: LogDestination): PinoLogger {
    const options = {
      level: configuration.logLevel,
      base: { nodeId: configuration.nodeId },
      messageKey: 'message',
      errorKey: 'error',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    };
    const lines = destination ?? pino.destination({ dest: 1, sync: false });
    const colorize = destination === undefined && process.stdout.isTTY;
    const written = configuration.logFormat === 'pretty' ? readable(lines, colorize) : lines;
    return new PinoLogger(pino(options, written), lines);
  }

  fatal(message: unknown, ...rest: readonly unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: readonly unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: readonly unknown[]): void {
    this.write('warn', message, rest);
  }

  log(message: unknown, ...rest: readonly unknown[]): void {
    this.write(BOOT_CONTEXTS.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  debug(message: unknown, ...rest: readonly unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: readonly unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Hands buffered lines to the operating system before it returns: the last words of a process. */
  flush(): void {
    this.destination.flushSync();
  }

  /** Nest's own calls are `(message, …fields or stack, context)`. */
  private write(method: Method, message: unknown, rest: readonly unknown[]): void {
    if (!this.logger.isLevelEnabled(method)) return;
    const fields: Record<string, unknown> = {};
    const last = rest.at(-1);
    const hasContext = typeof last === 'string';
    if (hasContext) fields['context'] = last;
    for (const part of hasContext ? rest.slice(0, -1) : rest) {
      if (part instanceof Error) fields['error'] = part;
      else if (typeof part === 'string') fields['stack'] = part;
      else if (typeof part === 'object' && part !== null) Object.assign(fields, part);
    }
    if (message instanceof Error) {
      this.logger[method]({ ...fields, error: message }, message.message);
    } else if (typeof message === 'object' && message !== null) {
      this.logger[method]({ ...message, ...fields });
    } else {
      this.logger[method](fields, String(message));
    }
  }
}

/**
 * Formats lines for people as they are written. Not pino-pretty's stream, which writes a turn of the
 * event loop later: the last words of a process that exits at once would be lost.
 */
function readable(lines: LogDestination, colorize: boolean): LogDestination {
  const format = prettyFactory({
    colorize,
    messageKey: 'message',
    errorLikeObjectKeys: ['error'],
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,hostname,nodeId,context',
    messageFormat: '{nodeId}{if context} {context}:{end} {message}',
  });
  return {
    write: (line) => lines.write(format(line)),
    flushSync: () => lines.flushSync(),
  };
}
