// Random twins, and conditions that have a fair chance to be true of some of them.
import fc from 'fast-check';
import type { Authentication } from '../../../src/domain/identity/authentication.ts';
import type { Device } from '../../../src/domain/identity/device.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/json.ts';
import { LIMITS } from '../../../src/domain/limits.ts';
import {
  CHECKS,
  type Expression,
  type Junction,
  type Path,
  type PathStep,
  type PathSteps,
  type Primitive,
} from '../../../src/domain/query/ast.ts';
import { FUNCTION_NAMES, FUNCTIONS, type Parameter, type QueryFunction } from '../../../src/domain/query/functions.ts';
import { NEVER } from '../../../src/domain/time.ts';
import { formatTwinEtag } from '../../../src/domain/twin/apply-twin-change.ts';
import type { Twin, TwinSection } from '../../../src/domain/twin/twin.ts';
import type { IdentityTwin } from '../../../src/ports/twin-store.ts';
import { timeAt } from '../store-builders.ts';

/** Texts that mean something to SQL, to SQLite's JSON paths, to JSON or to JavaScript. */
export const TRAPS: readonly string[] = [
  '',
  ...Array.from(' "\'`\\%_;?$*[].AaBbé漢😀ß\u0001\u2028\ufffd\uffff\n'),
  ...'0 1 1.0 true false null undefined NaN __proto__ constructor toString length rowid aa e\u0301'.split(' '),
  ...String.raw`\" \\ \u0061 ?1 :a :v1 @a #-1 [0] a.b $.a $."a" a"."b "] {"a":1} [1] x'00' --`.split(' '),
  "' or '1'='1",
  "'; drop table twins; --",
  '/* */',
];

const NUMBERS = [0, 1, 2, -1, 1.5, 0.1, 1e-7, 1e21, -1e300, 2 ** 31, 2 ** 52 - 1, -(2 ** 52), 5e-324, 1.7976931348623157e308];

const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c') }, { weight: 1, arbitrary: fc.constantFrom(...TRAPS) });

const anyText = fc.string({ unit: 'binary', maxLength: 4 }).filter((text) => !text.includes('\0'));
const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

const primitive: fc.Arbitrary<Primitive> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Primitive[]>(null, true, false, 0, 1, 2, 3, 'a', 'b', 'ab', 'Ab', '1', '') },
  { weight: 1, arbitrary: fc.constantFrom<Primitive[]>(...TRAPS, ...NUMBERS) },
  { weight: 1, arbitrary: fc.oneof(anyText, anyNumber) },
);

/** Any JSON, not deep. */
export const value: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: primitive },
    { weight: 3, arbitrary: tie('object') },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
  ),
  object: objectOf(tie('value')),
})).value;

const section = objectOf(value);

function objectOf(child: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  // Entries, because assigning to `__proto__` would set the prototype.
  return fc.uniqueArray(fc.tuple(name, child), { maxLength: 4, selector: ([key]) => key }).map((entries) => Object.fromEntries(entries));
}

/** The highest number that a path may have. */
const LAST_ITEM = LIMITS.queryItemNumber.value;

const IDS = ['a', 'A', 'b', '1', "x'--", '$', 'device-1', 'device-2', 'null', '%'];
const TIMES = [NEVER, timeAt(1), timeAt(2)];

const twinSection: fc.Arbitrary<TwinSection> = fc.record({
  properties: section,
  metadata: section,
  version: fc.integer({ min: 1, max: 4 }),
});

/** Sections may hold what no write lets in, such as null and any key: other collections will. */
function identityTwin(deviceId: string): fc.Arbitrary<IdentityTwin> {
  const device: fc.Arbitrary<Device> = fc.record({
    deviceId: fc.constant(deviceId),
    generationId: fc.constant('generation-1'),
    etag: fc.constantFrom('MQ==', 'Mg=='),
    status: fc.constantFrom('enabled', 'disabled'),
    statusReason: fc.constantFrom(null, '', 'a', 'null'),
    statusUpdatedTime: fc.constantFrom(...TIMES),
    authentication: fc.constantFrom<Authentication>(
      { type: 'sas', keys: { primaryKey: 'a', secondaryKey: 'b' } },
      { type: 'selfSigned', thumbprints: { primary: 'aa', secondary: null } },
      { type: 'certificateAuthority' },
    ),
    iotEdge: fc.boolean(),
    deviceScope: fc.constantFrom(null, 'a', 'null'),
    parentScopes: fc.constantFrom([], ['a'], ['a', 'b']),
    modelId: fc.constantFrom('', 'a'),
    connectionState: fc.constantFrom('Connected', 'Disconnected'),
    connectionStateUpdatedTime: fc.constant(NEVER),
    lastActivityTime: fc.constantFrom(...TIMES),
  });
  const twin: fc.Arbitrary<Twin> = fc.record({
    deviceId: fc.constant(deviceId),
    etagCounter: fc.integer({ min: 1, max: 3 }),
    version: fc.integer({ min: 1, max: 4 }),
    tags: section,
    desired: twinSection,
    reported: twinSection,
  });
  return fc.record({ identity: device, twin });
}

/** Some twins, each of another device. */
export const fleet: fc.Arbitrary<readonly IdentityTwin[]> = fc.tuple(...IDS.map(identityTwin));

/** The same devices, and modules on the first of them. */
export const fleetWithModules: fc.Arbitrary<readonly IdentityTwin[]> = fc
  .tuple(fleet, fleet)
  .map(([devices, others]) => [...devices, ...others.map(({ identity, twin }, index) => moduleTwin(identity, twin, index % 3))]);

/** What would be a device becomes a module of the device with that place among the ids. */
function moduleTwin(identity: IdentityTwin['identity'], twin: Twin, device: number): IdentityTwin {
  const id = { deviceId: IDS[device] ?? '', moduleId: identity.deviceId };
  const { generationId, etag, authentication, modelId, connectionState, connectionStateUpdatedTime, lastActivityTime } = identity;
  const record = { generationId, etag, authentication, modelId, connectionState, connectionStateUpdatedTime, lastActivityTime };
  return { identity: { ...id, ...record, managedBy: null }, twin: { ...twin, ...id } };
}

/** Arrays are short. */
const item = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 0, 1, 2) }, { weight: 1, arbitrary: fc.constantFrom(3, LAST_ITEM) });

/** Mostly one name, since most of what is deeper is not there. */
export const inner: fc.Arbitrary<readonly PathStep[]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(name) },
  { weight: 2, arbitrary: fc.tuple(name, item) },
  { weight: 1, arbitrary: fc.tuple(name, item, fc.oneof(name, item)) },
  { weight: 1, arbitrary: fc.array(fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: item }), { maxLength: 3 }) },
);

const OTHER_PATHS: readonly PathSteps[] = [
  ...'moduleId version version.a cloudToDeviceMessageCount authenticationType x509Thumbprint x509Thumbprint.PrimaryThumbprint capabilities capabilities.iotEdge deviceScope parentScopes parentScopes.a modelId modelId.a x509Thumbprint.SecondaryThumbprint properties other a.b __proto__ constructor.name'
    .split(' ')
    .map((text): PathSteps => {
      const [root = '', ...names] = text.split('.');
      return [root, ...names];
    }),
  ['parentScopes', 0],
  ['parentScopes', 1],
  ['capabilities', 0, 'iotEdge'],
  ['deviceId', 0],
  ['version', 0],
  ['tags', 0],
  ['properties', 0],
  ['other', 0],
];

export const path: fc.Arbitrary<Path> = fc
  .oneof<fc.MaybeWeightedArbitrary<PathSteps>[]>(
    { weight: 4, arbitrary: inner.map((steps) => ['tags', ...steps]) },
    {
      weight: 3,
      arbitrary: fc.tuple(fc.constantFrom('desired', 'reported', 'other'), inner).map(([kind, steps]) => ['properties', kind, ...steps]),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('desired', 'reported'), fc.constantFrom('$version', '$metadata'), inner)
        .map(([kind, envelope, steps]) => ['properties', kind, envelope, ...steps]),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'deviceId',
            'etag',
            'deviceEtag',
            'status',
            'statusReason',
            'statusUpdateTime',
            'connectionState',
            'lastActivityTime',
          ),
          fc.constantFrom([], [], [], ['a']),
        )
        .map(([root, rest]) => [root, ...rest]),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...OTHER_PATHS),
    },
  )
  .map((steps) => ({ kind: 'path', steps }));

/** Also what the columns of identities and of records of jobs hold. */
const constantValue: fc.Arbitrary<Primitive> = fc.oneof(
  { weight: 4, arbitrary: primitive },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...IDS,
      ...TIMES,
      'enabled',
      'Connected',
      'sas',
      'completed',
      'scheduleDeviceMethod',
      'MQ==',
      formatTwinEtag(1),
      formatTwinEtag(2),
    ),
  },
);

const constant: fc.Arbitrary<Expression> = fc
  .oneof({ weight: 19, arbitrary: constantValue }, { weight: 1, arbitrary: fc.constant(undefined) })
  .map((of) => ({ kind: 'constant', value: of }));

const numeral: fc.Arbitrary<Expression> = fc
  .oneof(fc.constantFrom(...NUMBERS, 3, 4, 0.5), anyNumber)
  .map((of) => ({ kind: 'constant', value: of }));

/** Texts that are parts of others, patterns of LIKE, and numbers in words. */
const PATTERNS = ['%', '_', 'a%', '%b', '%a%', '_b_', '\\%', '\\', '%_%', 'a', 'A', 'ab', '😀_', 'ß', 'İ', 'Σ', '1e3', '-0.5', ' 1', '0x1'];

const pattern: fc.Arbitrary<Expression> = fc
  .oneof(
    { weight: 4, arbitrary: fc.constantFrom(...PATTERNS) },
    { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', 'A', '%', '_', '\\', '😀', 'é'), maxLength: 6 }) },
    { weight: 1, arbitrary: fc.constantFrom(...TRAPS) },
  )
  .map((of) => ({ kind: 'constant', value: of }));

type Parts = { condition: Expression; operand: Expression; number: Expression; text: Expression };

/** @param paths of the documents that it is asked of. */
export function conditionOver(paths: fc.Arbitrary<Path>): fc.Arbitrary<Expression> {
  return fc.letrec<Parts>((tie) => ({
    condition: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 4, arbitrary: comparisonOf(tie('operand')) },
      { weight: 2, arbitrary: membershipOf(tie('operand')) },
      { weight: 1, arbitrary: paths },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('check'), check: fc.constantFrom(...CHECKS), operand: tie('operand') }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('not'), term: tie('condition') }) },
      { weight: 3, arbitrary: junctionOf(tie('condition')) },
      { weight: 2, arbitrary: callOf({ result: 'boolean', number: tie('number'), text: tie('text') }) },
      { weight: 1, arbitrary: arrayContainsOf(paths) },
      { weight: 2, arbitrary: comparisonOf(fc.oneof(tie('number'), tie('text'))) },
    ),
    operand: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 6, arbitrary: paths },
      { weight: 4, arbitrary: constant },
      { weight: 1, arbitrary: tie('condition') },
      { weight: 1, arbitrary: tie('number') },
      { weight: 1, arbitrary: tie('text') },
    ),
    number: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: paths },
      { weight: 3, arbitrary: numeral },
      { weight: 2, arbitrary: arithmeticOf(tie('number')) },
      { weight: 2, arbitrary: callOf({ result: 'number', number: tie('number'), text: tie('text') }) },
      { weight: 1, arbitrary: tie('operand') },
    ),
    text: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: paths },
      { weight: 3, arbitrary: pattern },
      { weight: 2, arbitrary: callOf({ result: 'string', number: tie('number'), text: tie('text') }) },
      { weight: 1, arbitrary: tie('operand') },
    ),
  })).condition;
}

/** Conditions of twins. */
export const condition = conditionOver(path);

/** Shallow, since no ARRAY_CONTAINS stands inside of another one. */
function arrayContainsOf(paths: fc.Arbitrary<Path>): fc.Arbitrary<Expression> {
  const number = fc.oneof(paths, numeral);
  const text = fc.oneof(paths, pattern);
  const sought = fc.oneof(
    { weight: 3, arbitrary: paths },
    { weight: 3, arbitrary: constant },
    arithmeticOf(number),
    callOf({ result: 'number', number, text }),
    callOf({ result: 'string', number, text }),
    callOf({ result: 'boolean', number, text }),
    comparisonOf(fc.oneof(paths, constant)),
  );
  const array = fc.oneof({ weight: 9, arbitrary: paths }, { weight: 1, arbitrary: sought });
  return fc.record({ kind: fc.constant('arrayContains'), array, item: sought });
}

function arithmeticOf(operand: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.record({ kind: fc.constant('arithmetic'), operator: fc.constantFrom('+', '-', '*', '/', '%'), left: operand, right: operand });
}

type CallParts = {
  readonly result: QueryFunction['result'];
  readonly number: fc.Arbitrary<Expression>;
  readonly text: fc.Arbitrary<Expression>;
};

/** A call of a function that gives this, mostly with arguments that it takes. */
function callOf({ result, number, text }: CallParts): fc.Arbitrary<Expression> {
  const argumentFor: Readonly<Record<Parameter, fc.Arbitrary<Expression>>> = { number, string: text, numeral: text };
  const names = FUNCTION_NAMES.filter((known) => FUNCTIONS[known].result === result);
  return fc.constantFrom(...names).chain((called) => {
    const { parameters, required }: QueryFunction = FUNCTIONS[called];
    const counts = fc.integer({ min: required, max: Math.min(parameters.length, 3) });
    return counts.chain((count) => {
      const given: readonly Parameter[] = parameters.slice(0, count);
      const values: fc.Arbitrary<readonly Expression[]> = fc.tuple(...given.map((parameter) => argumentFor[parameter]));
      return values.map((each): Expression => ({ kind: 'call', name: called, arguments: each }));
    });
  });
}

function comparisonOf(operand: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.record({
    kind: fc.constant('comparison'),
    operator: fc.constantFrom('=', '=', '!=', '<', '<=', '>', '>='),
    left: operand,
    right: operand,
  });
}

function membershipOf(operand: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const list = fc.array(constantValue, { minLength: 1, maxLength: 4 });
  return fc.record({ kind: fc.constant('membership'), operand, list, negated: fc.boolean() });
}

function junctionOf(term: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  const terms = fc.array(term, { minLength: 2, maxLength: 4 });
  return fc.tuple(fc.constantFrom<Junction['kind'][]>('and', 'or'), terms).map(([kind, given]) => ({
    kind,
    // As the parser makes them: no junction directly in one of its kind.
    terms: given.flatMap((each) => (each.kind === kind ? each.terms : [each])),
  }));
}
