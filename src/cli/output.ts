// How answers look on standard output: tables and plain lines for people, or with --json exactly what the API said.
import Table from 'cli-table3';
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { HubAnswer } from './hub-client.ts';

/** @param forPeople makes the text that is printed without --json. */
export function printAnswer(answer: HubAnswer, json: boolean, forPeople: (value: JsonValue | undefined) => string): void {
  const text = json ? answer.text : forPeople(answer.value);
  if (text !== '') console.log(text);
}

/** Rows under a line of headings, without frames, so that other tools can read them. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const grid = new Table({ head: [...headings], chars: NO_FRAME, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 } });
  grid.push(...rows.map((row) => [...row]));
  return withoutTrailingBlanks(grid.toString());
}

/** One line a pair, the values under each other; pairs without a value are left out. */
export function pairs(entries: readonly (readonly [name: string, value: string])[]): string {
  const shown = entries.filter(([, value]) => value !== '');
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** A value inside an object of the API as text; `''` where there is none. */
export function textAt(value: JsonValue | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  if (found === undefined || found === null) return '';
  return typeof found === 'string' ? found : JSON.stringify(found);
}

export function valueAt(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((at, name) => (isJsonObject(at) ? at[name] : undefined), value);
}

/** A number inside an object of the API; 0 where there is none. */
export function numberAt(value: JsonValue | undefined, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === 'number' ? found : 0;
}

export function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  // Array.isArray takes the elements of a readonly array for `any`.
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

export function indentedJson(value: JsonValue | undefined, indent = ''): string {
  return indent + JSON.stringify(value ?? null, undefined, 2).replaceAll('\n', `\n${indent}`);
}

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

function withoutTrailingBlanks(text: string): string {
  return text.replaceAll(/ +$/gm, '');
}

/** The year 1 stands for never (behaviour 1.1). */
export function timeAt(identity: JsonValue | undefined, name: string): string {
  const time = textAt(identity, name);
  return time.startsWith('0001-') ? 'never' : time;
}
