// Goal: each rule of the language's README holds. Method: conditions over one small document; `?` stands for undefined.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/json.ts';
import { ROOT_NAMES } from '../../../../src/domain/query/collections.ts';
import { evaluate } from '../../../../src/domain/query/evaluate.ts';
import { parseCondition, parseQuery } from '../../../../src/domain/query/parser.ts';
import { project } from '../../../../src/domain/query/project.ts';
import { serviceTwinDocument } from '../../../../src/domain/twin/twin-document.ts';
import { deviceWith } from '../identity/device-builder.ts';
import { twinWith } from '../twin/twin-builders.ts';

const document: JsonObject = {
  one: 1,
  text: 'b',
  digit: '1',
  yes: true,
  no: false,
  nil: null,
  object: { inner: 'x', nil: null },
  list: ['x', { inner: 'y' }],
};

describe('a condition', () => {
  it.each([
    // The same value of the same kind is equal, and no value is converted.
    ['one = 1', true],
    ['one = 1.0', true],
    ["one = '1'", false],
    ['one = digit', false],
    ['one = true', false],
    ['no = 0', false],
    ["text = 'B'", false],
    ['nil = null', true],
    ['one != null', true],
    ["object = 'x'", false],
    ['object != null', true],
    ['list = object', '?'],
    ['object != object', '?'],
    // Nothing can be said of what is not there.
    ['gone = 1', '?'],
    ['gone != 1', '?'],
    ['gone = gone', '?'],
    ['gone = null', '?'],
    ['one = undefined', '?'],
    ['list.inner = 1', '?'],
    ['text.length = 1', '?'],
    ['toString = 1', '?'],
    // Order is between numbers, or between strings by code point.
    ['one < 2', true],
    ['one >= 1', true],
    ['one > 1', false],
    ["text > 'a'", true],
    ["text <= 'B'", false],
    ["'a' < 'aa'", true],
    [String.raw`'\ufffd' < '\ud83d\ude00'`, true],
    ["one < '2'", '?'],
    ['yes > no', '?'],
    ['nil <= null', '?'],
    ['gone < 1', '?'],
    ['object < 1', '?'],
    // Lists.
    ["text IN ['a', 'b']", true],
    ["one IN ['1', true]", false],
    ['nil IN [null]', true],
    ['object IN [null]', false],
    ['gone IN [null]', '?'],
    ["text NIN ['a']", true],
    ["text NIN ['b']", false],
    ['gone NIN [1]', '?'],
    // Three values of truth.
    ['NOT yes', false],
    ['NOT gone', '?'],
    ['NOT one', '?'],
    ['NOT gone = 1', '?'],
    ['no AND gone', false],
    ['gone AND no', false],
    ['yes AND gone', '?'],
    ['yes AND one', '?'],
    ['yes OR gone', true],
    ['gone OR yes', true],
    ['no OR gone', '?'],
    ['gone OR gone', '?'],
    ['no OR one', '?'],
    ['(one = 1) = yes', true],
    ['(gone = 1) = yes', '?'],
    // Checks always answer.
    ['IS_DEFINED(nil)', true],
    ['IS_DEFINED(object.nil)', true],
    ['IS_DEFINED(gone)', false],
    ['IS_NULL(nil)', true],
    ['IS_NULL(gone)', false],
    ['IS_BOOL(no)', true],
    ['IS_BOOL(one)', false],
    ['IS_NUMBER(one)', true],
    ['IS_NUMBER(digit)', false],
    ['IS_STRING(digit)', true],
    ['IS_OBJECT(object)', true],
    ['IS_OBJECT(list)', false],
    ['IS_OBJECT(nil)', false],
    ['IS_ARRAY(list)', true],
    ['IS_ARRAY(object)', false],
    ['IS_PRIMITIVE(nil)', true],
    ['IS_PRIMITIVE(list)', false],
    ['IS_PRIMITIVE(gone)', false],
    ['IS_BOOL(gone = 1)', false],
    // A path alone says what it leads to.
    ['yes', true],
    ['one', 1],
    ['gone', '?'],
  ])('%s says %s', (text, expected) => {
    expect(evaluate(parseCondition(text), document) ?? '?').toBe(expected);
  });
});

describe('a projection', () => {
  it('leaves out what is not there, and keeps null', () => {
    const { select } = parseQuery('SELECT one, nil, gone, object.inner AS [[__proto__]] FROM devices');

    expect(JSON.stringify(project(select, document))).toBe('{"one":1,"nil":null,"__proto__":"x"}');
  });

  it('of everything is the document', () => {
    expect(project('all', document)).toBe(document);
  });
});

describe('the names at the root', () => {
  it('of devices are those of a twin document', () => {
    const device = deviceWith({ statusReason: 'maintenance', deviceScope: 's', parentScopes: ['s'], modelId: 'dtmi:a;1' });

    expect(Object.keys(serviceTwinDocument(device, twinWith({}))).toSorted()).toEqual(ROOT_NAMES.devices.toSorted());
  });
});
