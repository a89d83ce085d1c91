// Bodies that are JSON, nearly JSON, or something that was taken for JSON by somebody: one table for every place that reads a body.
import { LIMITS } from '../../../src/domain/limits.ts';

export type HostileBody = {
  readonly name: string;
  readonly body: string | Uint8Array;
  /** Never taken by any call, since it is no JSON or nothing that the hub keeps; the others may be taken where they fit. */
  readonly refused?: true;
};

const DEEP = 10_000;

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
}

/** The value at places of all bodies that the hub reads, so that it is looked at whatever the call. */
function everywhere(value: string): string {
  const properties = `{"desired":{"v":${value}}}`;
  return `{"v":${value},"payload":${value},"tags":{"v":${value}},"properties":${properties},"query":"SELECT * FROM devices","methodName":"m"}`;
}

export const HOSTILE_JSON: readonly HostileBody[] = [
  { name: 'arrays in arrays', body: '['.repeat(DEEP) + ']'.repeat(DEEP), refused: true },
  { name: 'objects in objects', body: nested(DEEP), refused: true },
  { name: 'objects that never end', body: '{"a":'.repeat(DEEP), refused: true },
  { name: 'the deepest and one more', body: nested(LIMITS.jsonDepth.value + 1), refused: true },
  { name: 'the deepest', body: nested(LIMITS.jsonDepth.value) },
  { name: 'deep with escapes', body: `${'{"\\u0061":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`, refused: true },
  { name: 'many keys', body: `{${Array.from({ length: 2000 }, (_, index) => `"k${index}":0`).join()}}` },
  { name: 'a key many times', body: `{${'"a":1,'.repeat(2000)}"a":2}` },
  { name: 'a key twice, once with an escape', body: '{"tags":{"a":1,"\\u0061":2},"tags":{"b":1}}' },
  { name: '__proto__', body: everywhere('{"__proto__":{"polluted":true}}') },
  { name: '__proto__ at the top', body: '{"__proto__":{"polluted":true,"tags":{"polluted":1}}}' },
  { name: '__proto__ with an escape', body: everywhere('{"\\u005f_proto__":{"polluted":true}}') },
  { name: 'constructor', body: everywhere('{"constructor":{"prototype":{"polluted":true}}}') },
  { name: 'names of the prototype', body: everywhere('{"toString":1,"hasOwnProperty":null,"valueOf":{},"length":-1,"toJSON":"x"}') },
  { name: 'NUL', body: everywhere('"\\u0000"'), refused: true },
  { name: 'NUL in a key', body: everywhere('{"a\\u0000":1}'), refused: true },
  { name: 'NUL unescaped', body: everywhere('"\0"'), refused: true },
  { name: 'half of a surrogate pair', body: everywhere('"\\ud800"'), refused: true },
  { name: 'half of a surrogate pair in a key', body: everywhere('{"\\udfff":1}'), refused: true },
  { name: 'surrogates the wrong way round', body: everywhere('"\\udc00\\ud800"'), refused: true },
  {
    name: 'surrogates in UTF-8',
    body: Buffer.concat([Buffer.from('{"tags":{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}}')]),
    refused: true,
  },
  { name: '1e400', body: everywhere('1e400'), refused: true },
  { name: '-1e400', body: everywhere('-1e400'), refused: true },
  { name: 'a number of many digits', body: everywhere('9'.repeat(400)), refused: true },
  { name: '-0', body: everywhere('-0') },
  { name: 'the smallest number', body: everywhere('5e-324') },
  { name: 'integers beyond 2^53', body: everywhere('[9007199254740993,-9007199254740993,18446744073709551616]') },
  { name: 'a fraction of many digits', body: everywhere(`0.${'1'.repeat(10_000)}`) },
  { name: 'BOM', body: `\uFEFF${everywhere('1')}` },
  { name: 'UTF-16', body: Buffer.from(`\uFEFF${everywhere('1')}`, 'utf16le'), refused: true },
  { name: 'UTF-16, the other end first', body: Buffer.from(`\uFEFF${everywhere('1')}`, 'utf16le').swap16(), refused: true },
  { name: 'Latin-1', body: Buffer.from(everywhere('"é"'), 'latin1'), refused: true },
  { name: 'overlong UTF-8', body: Buffer.from([0x22, 0xc0, 0xaf, 0x22]), refused: true },
  { name: 'two values', body: '{}{}', refused: true },
  { name: 'garbage behind the end', body: `${everywhere('1')}garbage`, refused: true },
  { name: 'NUL behind the end', body: `${everywhere('1')}\0`, refused: true },
  { name: 'a comment', body: '{/* */}', refused: true },
  { name: 'a comma too many', body: '{"a":1,}', refused: true },
  { name: 'single quotes', body: "{'a':1}", refused: true },
  { name: 'NaN', body: everywhere('NaN'), refused: true },
  { name: 'a plus sign', body: everywhere('+1'), refused: true },
  { name: 'a zero before a digit', body: everywhere('01'), refused: true },
  { name: 'half a text', body: '{"a":"', refused: true },
  { name: 'white space', body: ' \t\r\n', refused: true },
  { name: 'null', body: 'null' },
  { name: 'true', body: 'true' },
  { name: 'a number', body: '1' },
  { name: 'a text', body: '"SELECT * FROM devices"' },
  { name: 'an array', body: '[]' },
  { name: 'an array of arrays', body: '[[],[[]]]' },
  { name: 'nulls where objects belong', body: '{"tags":null,"properties":null,"payload":null,"authentication":null,"capabilities":null}' },
  { name: 'arrays where objects belong', body: '{"tags":[],"properties":[],"authentication":[],"methodName":[],"query":[],"type":[]}' },
  { name: 'texts where objects belong', body: '{"tags":"","properties":"","authentication":"","methodName":{},"query":{},"type":{}}' },
  { name: 'a long text', body: everywhere(JSON.stringify('x'.repeat(20_000))) },
  { name: 'control characters', body: everywhere('"\\u0001\\u001f\\u007f\\u2028\\ufeff\\uffff"') },
  { name: 'SQL', body: everywhere(`"'; drop table twins; --"`) },
];
