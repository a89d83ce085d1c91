// How the text of an option becomes a value; each message names the value and what is accepted in its place.
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { DEFAULT_POLICIES } from '../domain/access/policy.ts';
import { LIMITS } from '../domain/limits.ts';
import { SetupError } from '../domain/setup-error.ts';
import { LOG_LEVELS, type LogLevel, type StoreConfig } from './config.ts';

export function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw wrong('The path is empty. Give the path of a file or folder.');
  return resolve(text);
}

/** Lower case, without duplicates, brackets around IPv6 addresses taken off. One text may hold several names with commas between. */
export function parseHostNames(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => text.split(',')).map((name) => name.trim());
  return [...new Set(names.map(parseHostName))];
}

/** RFC 1123, section 2.1: labels of 63 characters, 253 in all. The underscore is not in it, but in names that container tools make. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*$/;
const ONLY_DIGITS_AND_DOTS = /^[0-9.]+$/;

function parseHostName(text: string): string {
  const name = text.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  if (isIP(name) !== 0) return name;
  if (HOST_NAME.test(name) && !ONLY_DIGITS_AND_DOTS.test(name)) return name;
  throw wrong(`'${text}' is no host name. Give a bare name or IP address such as hub.example.com or 192.168.1.5, without scheme and port.`);
}

export function parseIpAddress(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) return address;
  throw wrong(`'${text}' is no IP address. Give one of this machine, such as 127.0.0.1, or 0.0.0.0 for all.`);
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw wrong(`'${text}' is no port. Give a number from 1 to 65535, or 0 for any free port.`);
}

export function parseIndexCount(text: string): number {
  const most = LIMITS.twinIndexes.value;
  if (/^\d{1,5}$/.test(text) && Number(text) <= most) return Number(text);
  throw wrong(`'${text}' is no number of indexes. Give one from 0 to ${most}.`);
}

export function parseStore(text: string): StoreConfig {
  if (text === 'ephemeral') return { kind: 'ephemeral' };
  if (/^sqlite:./.test(text)) return { kind: 'sqlite', path: parsePath(text.slice('sqlite:'.length)) };
  if (/^postgres(ql)?:/.test(text)) return parsePostgres(text);
  // The text is not repeated: URLs of databases hold passwords.
  throw wrong('The store is unknown. Use sqlite:PATH, ephemeral or postgres://USER@HOST/DATABASE.');
}

/** A name that PostgreSQL takes without quotes, and none of its own. */
const SCHEMA_NAME = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;

/** Where a password holds a slash, or the slashes before the user are missing, a part of it stands here. */
const DATABASE_PATH = /^\/[^/@]+$/;

/** Of what the driver reads, only the schema is the hub's own. No part of the text is repeated but the name of the schema. */
function parsePostgres(text: string): StoreConfig {
  const url = URL.parse(text);
  if (!url || !DATABASE_PATH.test(url.pathname)) {
    throw wrong(
      'The URL names no database. Use postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %2F %3F %23 %40 for / ? # @ in a password.',
    );
  }
  const schema = url.searchParams.get('schema') ?? 'twinhub';
  if (!SCHEMA_NAME.test(schema)) {
    throw wrong(`'${schema}' is no name of a schema. Use up to 63 lower-case letters, digits and underscores, not beginning with pg_.`);
  }
  if (url.searchParams.has('options')) throw wrong('The hub sets the options of its connections itself. Leave options out of the URL.');
  url.searchParams.delete('schema');
  const place = url.searchParams.get('host') ?? url.host;
  return { kind: 'postgres', url: url.href, schema, name: `postgres://${place}${url.pathname}, schema ${schema}` };
}

/** Texts of the form NAME=BASE64KEY, several with commas between. Keys never stand in messages. */
export function parsePolicyKeys(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(texts.flatMap((text) => text.split(',')).map((pair) => parsePolicyKey(pair.trim())));
}

function parsePolicyKey(pair: string): readonly [name: string, key: string] {
  const separator = pair.indexOf('=');
  if (separator < 1) throw wrong('A policy key has the form NAME=BASE64KEY, such as service=c2VydmljZS1rZXktMDAwMQ==.');
  const name = pair.slice(0, separator);
  const key = pair.slice(separator + 1);
  if (!Object.hasOwn(DEFAULT_POLICIES, name)) {
    throw wrong(`There is no policy '${name}'. The policies are ${Object.keys(DEFAULT_POLICIES).join(', ')}.`);
  }
  const bytes = Buffer.from(key, 'base64');
  const { keyMinBytes, keyMaxBytes } = LIMITS;
  if (bytes.toString('base64') !== key || bytes.length < keyMinBytes.value || bytes.length > keyMaxBytes.value) {
    throw wrong(`The key of policy '${name}' is not the base64 of ${keyMinBytes.value} to ${keyMaxBytes.value} bytes.`);
  }
  return [name, key];
}

export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level) return level;
  throw wrong(`'${text}' is no log level. Use one of ${LOG_LEVELS.join(', ')}.`);
}

export function parseSwitch(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw wrong(`'${text}' is neither true nor false.`);
}

function wrong(message: string): SetupError {
  return new SetupError('usage', message);
}
