// JSON given on the command line, in a file or on standard input.
import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import { HubError } from '../domain/errors.ts';
import { parseJson } from '../domain/json.ts';
import { SetupError } from '../domain/setup-error.ts';

/**
 * @param given JSON text, `@FILE`, or `-` for standard input. @returns the JSON text as it was given, so that no number changes on its way.
 * @throws SetupError of kind usage when there is no such file or it holds no JSON.
 */
export async function readJsonText(given: string): Promise<string> {
  const text = await readGiven(given);
  try {
    parseJson(text);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    const source = given === '-' || given.startsWith('@') ? `What ${given} stands for` : `'${given}'`;
    throw new SetupError('usage', `${source} is no JSON. Give JSON in quotes, @FILE, or - for standard input.`, { cause: error });
  }
  return text;
}

async function readGiven(given: string): Promise<string> {
  if (given === '-') return readStream(process.stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError('usage', `Cannot read ${given.slice(1)} (${reason}).`, { cause: error });
  }
}
