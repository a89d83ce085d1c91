// The log on standard error: one JSON object a line for machines, or one plain line for people. Standard output belongs to the CLI.
import { pino, stdSerializers, type DestinationStream } from 'pino';
import type { Log, LogFields } from '../ports/log.ts';

/** @param options.pretty plain lines instead of JSON. @param destination where lines go: standard error unless a test asks for them. */
export function createLog(
  options: { level: keyof Log | 'silent'; pretty?: boolean },
  destination: DestinationStream = process.stderr,
): Log {
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: withReadableErrors },
    },
    options.pretty === true ? plainLines(destination) : destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}

/** An Error has no enumerable properties, so JSON would show `{}`. */
function withReadableErrors(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? stdSerializers.err(value) : value]),
  );
}

function plainLines(destination: DestinationStream): DestinationStream {
  return { write: (line) => destination.write(plainLine(line)) };
}

function plainLine(line: string): string {
  // The line comes from pino a moment ago, in the form configured above.
  const { time, level, msg, ...fields } = JSON.parse(line) as { time: string; level: string; msg: string } & LogFields;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${plainValue(value)}`);
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${msg}${pairs.join('')}\n`;
}

function plainValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string') return `\n${value.stack}`;
  if (typeof value === 'string' && !/[\s\p{C}]/u.test(value)) return value;
  // What a client wrote must not steer the terminal of whoever reads the log. JSON escapes but the first 32 of these characters.
  return JSON.stringify(value).replaceAll(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
