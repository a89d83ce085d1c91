// The cases that follow from the parameters of an operation: for each the last value that is allowed, and the first that is not.
import { LIMITS } from '../../src/domain/limits.ts';
import type { Answer } from '../unit/gateways/http/open-http-api.ts';
import { variation } from './call-cases.ts';
import { type Case, refused, type Shown, type Subject } from './case.ts';
import { openScene, type Request, type Scene } from './scene.ts';
import { type Operation, type Parameter, SERVICE_API } from './service-api.ts';

type Target = { readonly operation: Operation; readonly parameter: Parameter; readonly subject: Subject };

/** By place and name. @see parameterCases */
const GENERATORS: Readonly<Record<string, (target: Target) => readonly Case[]>> = {
  'path id': idCases,
  'path deviceId': idCases,
  'path mid': moduleIdCases,
  'path moduleId': moduleIdCases,
  'query api-version': versionCases,
  'path commandName': nameCases,
  'path componentPath': nameCases,
  'query top': topCases,
  'query connectTimeoutInSeconds': timeoutCases,
  'query responseTimeoutInSeconds': timeoutCases,
  'query jobType': (target) => filterCases(target, 'type'),
  'query jobStatus': (target) => filterCases(target, 'status'),
  'header If-Match': conditionCases,
  'header x-ms-max-item-count': pageSizeCases,
  'header x-ms-continuation': continuationCases,
  body: bodyCases,
};

/** @throws Error for a parameter that has no entry in the table. */
export function parameterCases(operation: Operation, subject: Subject): readonly Case[] {
  return operation.parameters.flatMap((parameter) => {
    const name = parameter.in === 'body' ? 'body' : `${parameter.in} ${parameter.name}`;
    const generate = GENERATORS[name];
    if (generate === undefined) throw new Error(`${operation.operationId}: no case is known for the parameter "${name}".`);
    return generate({ operation, parameter, subject });
  });
}

function valid(subject: Subject, title: string, change: (request: Request) => Request): Case {
  return { title, request: variation(subject, change), expected: { status: subject.validStatus ?? 200 } };
}

function withQuery(name: string, value: string | undefined): (request: Request) => Request {
  return (request) => ({ ...request, query: { ...request.query, [name]: value } });
}

function withHeader(name: string, value: string): (request: Request) => Request {
  return (request) => ({ ...request, headers: { ...request.headers, [name]: value } });
}

/** Live facts, Errors. */
const MEASURED_VERSIONS = ['2018-06-30', '2020-05-31-preview', '2020-09-30', '2021-04-12', '2024-03-31'];

function versionCases({ subject }: Target): readonly Case[] {
  return [
    ...[...new Set([SERVICE_API.apiVersion, ...MEASURED_VERSIONS])].map((version) =>
      valid(subject, `the api-version ${version}`, withQuery('api-version', version)),
    ),
    ...[undefined, '', '2021-04-13', '2021-04-12;x', 'latest'].map((version) =>
      refused('InvalidProtocolVersion', `the api-version ${String(version)}`, variation(subject, withQuery('api-version', version))),
    ),
  ];
}

/** Legal characters and lengths (behaviour 1.2, live facts: Jobs), and what is not. */
const IDS = {
  devices: {
    legal: ['d', `A-z.0:9+%_#*?!(),=@;$'`, '%2F', '$metadata', '__proto__', 'x'.repeat(LIMITS.deviceIdChars.value)],
    impossible: ['x'.repeat(LIMITS.deviceIdChars.value + 1), 'a b', 'a/b', 'ä', '\u0000', 'a"b', '{}'],
  },
  jobs: {
    legal: ['j', "a-Z0'", '__proto__'.replaceAll('_', '-'), 'x'.repeat(LIMITS.jobIdChars.value)],
    impossible: ['x'.repeat(LIMITS.jobIdChars.value + 1), 'a b', 'a/b', 'ä', 'a_b', 'a.b'],
  },
};

function idCases({ operation, parameter, subject }: Target): readonly Case[] {
  const { legal, impossible } = IDS[operation.path.startsWith('/jobs/') ? 'jobs' : 'devices'];
  const { unknownId, impossibleId } = subject;
  if (impossibleId === undefined) throw new Error(`${operation.operationId}: the subject does not say what becomes of an impossible id.`);
  const place = (): Promise<Scene> => openScene();
  const withId = (id: string) => (request: Request) => ({ ...request, segments: { ...request.segments, [parameter.name]: id } });
  return [
    ...legal.map((id) => ({
      title: `the id ${shown(id)}`,
      request: (scene: Scene) => subject.valid(scene, id),
      expected: { status: subject.validStatus ?? 200 },
      // The ids are those of other operations too.
      place,
    })),
    ...impossible.map((id) => ({
      title: `the id ${shown(id)}`,
      request: bodyStaysTrue(subject, withId(id)),
      expected: impossibleId,
    })),
    ...(unknownId ? [{ title: 'an id that nobody has', request: bodyStaysTrue(subject, withId('nobody')), expected: unknownId }] : []),
  ];
}

/** A module has an id as a device has, but none that begins with `$` (live facts, Modules). */
function moduleIdCases({ operation, parameter, subject }: Target): readonly Case[] {
  const { legal, impossible } = IDS.devices;
  const { unknownModuleId, impossibleModuleId } = subject;
  if (impossibleModuleId === undefined) throw new Error(`${operation.operationId}: what becomes of an impossible id of a module?`);
  const withId = (id: string) => (request: Request) => ({ ...request, segments: { ...request.segments, [parameter.name]: id } });
  return [
    ...legal
      .filter((id) => !id.startsWith('$'))
      .map((id) => ({
        title: `the module id ${shown(id)}`,
        request: (scene: Scene) => subject.valid(scene, scene.newId(), id),
        expected: { status: subject.validStatus ?? 200 },
      })),
    ...impossible.map((id) => ({
      title: `the module id ${shown(id)}`,
      request: bodyStaysTrue(subject, withId(id)),
      expected: impossibleModuleId,
    })),
    ...(unknownModuleId
      ? [{ title: 'a module that the device has not', request: bodyStaysTrue(subject, withId('nobody')), expected: unknownModuleId }]
      : []),
  ];
}

/** A request whose body names no other id than its path. */
function bodyStaysTrue(subject: Subject, change: (request: Request) => Request): Case['request'] {
  return variation(subject, (request) => {
    const body =
      typeof request.body === 'object' && !Array.isArray(request.body)
        ? { ...request.body, deviceId: undefined, moduleId: undefined, jobId: undefined }
        : request.body;
    return change({ ...request, ...(body !== undefined && { body }) });
  });
}

/** What is left of the name of a method when one character of it is the other part, and one the asterisk between. */
function nameCases({ operation, parameter, subject }: Target): readonly Case[] {
  const others = operation.path.includes('{componentPath}') ? 2 : 0;
  const max = LIMITS.methodNameChars.value - others;
  const named = (name: string) => (request: Request) => ({
    ...request,
    segments: { ...request.segments, ...(others > 0 && { componentPath: 'c', commandName: 'c' }), [parameter.name]: name },
  });
  return [
    valid(subject, `a ${parameter.name} of ${max} characters`, named('n'.repeat(max))),
    ...['n'.repeat(max + 1), 'a b', 'a/b', 'ä'].map((name) =>
      refused('ArgumentInvalid', `the ${parameter.name} ${shown(name)}`, variation(subject, named(name))),
    ),
  ];
}

/** Behaviour 4. */
function timeoutCases({ parameter, subject }: Target): readonly Case[] {
  const { name } = parameter;
  const isResponse = name.startsWith('response');
  const min = isResponse ? LIMITS.methodResponseTimeoutMinSeconds.value : 0;
  const max = LIMITS.methodResponseTimeoutMaxSeconds.value;
  const waiting = (seconds: string) =>
    isResponse
      ? withQuery(name, seconds)
      : (request: Request) => withQuery('responseTimeoutInSeconds', String(max))(withQuery(name, seconds)(request));
  return [
    ...['', String(min), String(max)].map((seconds) => valid(subject, `${name} ${JSON.stringify(seconds)}`, waiting(seconds))),
    ...[String(min - 1), String(max + 1), `${min}.5`, 'x', '1e2'].map((seconds) =>
      refused('ArgumentInvalid', `${name} ${JSON.stringify(seconds)}`, variation(subject, waiting(seconds))),
    ),
  ];
}

/** Behaviour 1.5: 1 to 1000; anything else means 1000. */
function topCases({ subject }: Target): readonly Case[] {
  const max = LIMITS.deviceListMax.value;
  const counts = { '1': 1, '2': 2, '999': 999, '1000': max, '1001': max, '0': max, '-1': max, '1.5': max, x: max, '': max };
  return Object.entries(counts).map(([top, count]) => ({
    ...valid(subject, `top ${JSON.stringify(top)} of 1001 devices`, withQuery('top', top)),
    shown: { of: ({ json }) => json.length, is: count },
    place: crowdedScene,
  }));
}

/** How many items a page has, and whether another follows. */
function page(count: number, more: boolean): Shown {
  return { of: ({ json, headers }) => [json.length, Object.hasOwn(headers, 'x-ms-continuation')], is: [count, more] };
}

/** A hub with one device more than any list shows. */
async function crowdedScene(): Promise<Scene> {
  const scene = await openScene();
  await Promise.all(Array.from({ length: LIMITS.deviceListMax.value + 1 }, () => scene.device()));
  return scene;
}

/** Behaviour 5.4, 13. */
function pageSizeCases({ subject }: Target): readonly Case[] {
  const max = LIMITS.queryPageMax.value;
  const counts = { '': LIMITS.queryPageDefault.value, '1': 1, '0999': 999, '1000': max, '1001': max, '99999999999999999999': max };
  const everything = { query: 'SELECT * FROM devices' };
  const ofSize = (size: string) => (request: Request) => withHeader('x-ms-max-item-count', size)({ ...request, body: everything });
  return [
    ...Object.entries(counts).map(([size, count]) => ({
      title: `the page size ${JSON.stringify(size)} of 1001 twins`,
      request: () => ofSize(size)({}),
      expected: { status: 200 },
      shown: page(count, true),
      place: crowdedScene,
    })),
    ...['0', '-1', '1.5', 'many'].map((size) => refused('ArgumentInvalid', `the page size ${size}`, variation(subject, ofSize(size)))),
  ];
}

function continuationCases({ operation, subject }: Target): readonly Case[] {
  const max = LIMITS.queryPageMax.value;
  const wholePage = { body: { query: 'SELECT * FROM devices' }, headers: { 'x-ms-max-item-count': String(max) } };
  const lastPage: Case = {
    title: 'the continuation of a page',
    async request(scene) {
      const first = await scene.send(operation, wholePage);
      return withHeader('x-ms-continuation', String(first.headers['x-ms-continuation']))(wholePage);
    },
    expected: { status: 200 },
    shown: page(1, false),
    place: crowdedScene,
  };
  return [
    lastPage,
    valid(subject, 'an empty continuation', withHeader('x-ms-continuation', '')),
    ...['garbage', 'not%a-token', Buffer.from('{"jobs":"a"}').toString('base64url')].map((token) =>
      refused('ArgumentInvalid', `the continuation ${token}`, variation(subject, withHeader('x-ms-continuation', token))),
    ),
  ];
}

/** Every value that an answer may have is one to look for. */
function filterCases({ parameter, subject }: Target, property: 'type' | 'status'): readonly Case[] {
  const values = SERVICE_API.definitions['JobResponse']?.properties?.[property]?.enum ?? [];
  return [
    ...values.map((value) => ({
      ...valid(subject, `${parameter.name} ${value}`, withQuery(parameter.name, String(value))),
      shown: { of: ({ json }: Answer) => json.filter((job: Record<string, unknown>) => job[property] !== value), is: [] },
    })),
    valid(subject, `an empty ${parameter.name}`, withQuery(parameter.name, '')),
    refused('ArgumentInvalid', `${parameter.name} nonsense`, variation(subject, withQuery(parameter.name, 'nonsense'))),
  ];
}

/** Behaviour 1.4, contract 2.1: quoted and bare, weak (RFC 7232), and whatever is there. */
function conditionCases({ operation, subject }: Target): readonly Case[] {
  const { conditional } = subject;
  if (conditional === undefined) throw new Error(`${operation.operationId}: the subject does not say how a condition is met.`);
  const under = (form: (etag: string) => string): Case['request'] => {
    return async (scene) => {
      const { request, etag } = await conditional.prepare(scene);
      return withHeader('if-match', form(etag))(request);
    };
  };
  const forms: Readonly<Record<string, (etag: string) => string>> = {
    'the etag in quotes': (etag) => `"${etag}"`,
    'the bare etag': (etag) => etag,
    'the weak etag': (etag) => `W/"${etag}"`,
    '*': () => '*',
    '"*"': () => '"*"',
  };
  const stale: Readonly<Record<string, (etag: string) => string>> = {
    'another etag': () => '"AAAAAAAAAAA="',
    'another bare etag': () => 'MA==',
    'the etag and more': (etag) => `"${etag}x"`,
  };
  return [
    { title: 'no If-Match', request: async (scene) => (await conditional.prepare(scene)).request, expected: conditional.without },
    { title: 'an empty If-Match', request: under(() => ''), expected: conditional.without },
    ...Object.entries(forms).map(([name, form]) => ({
      title: `If-Match with ${name}`,
      request: under(form),
      expected: { status: subject.validStatus ?? 200 },
    })),
    ...Object.entries(stale).map(([name, form]) => refused('PreconditionFailed', `If-Match with ${name}`, under(form))),
  ];
}

function bodyCases({ operation, parameter, subject }: Target): readonly Case[] {
  const { bodyBytes } = subject;
  if (bodyBytes === undefined) throw new Error(`${operation.operationId}: the subject does not say how long a body may be.`);
  const isList = parameter.schema?.type === 'array';
  const { otherBody = 'ArgumentInvalid' } = subject;
  const faulty = (code: Parameters<typeof refused>[0], title: string, bytes: string | Uint8Array): Case =>
    refused(
      code,
      title,
      variation(subject, (request) => ({ ...request, bytes })),
    );
  const padded = (bytes: number) => (request: Request) => {
    const text = JSON.stringify(request.body);
    return { ...request, bytes: `${text}${' '.repeat(bytes - text.length)}` };
  };
  return [
    valid(subject, 'the largest body', padded(bodyBytes)),
    refused('MessageTooLarge', 'a larger body', variation(subject, padded(bodyBytes + 1))),
    otherBody === 'optional' ? valid(subject, 'no body', withoutBody) : refused('ArgumentNull', 'no body', variation(subject, withoutBody)),
    faulty('DeserializationError', 'a body that is no JSON', '{"a":'),
    faulty('DeserializationError', 'a body that is no UTF-8', new Uint8Array([0x22, 0xff, 0x22])),
    faulty('DeserializationError', 'a NUL in the body', '{"a":"\\u0000"}'),
    faulty('DeserializationError', 'half of a surrogate pair in the body', '{"a":"\\ud800"}'),
    faulty('DeserializationError', 'a body that nests too deep', nestedJson(LIMITS.jsonDepth.value + 1)),
    faulty('DeserializationError', 'a number that no double holds', '{"a":1e999}'),
    ...[isList ? '{}' : '[]', 'null', '"text"', '1', 'true'].map((bytes) =>
      otherBody === 'optional'
        ? valid(subject, `the body ${bytes}`, (request) => ({ ...request, bytes }))
        : faulty(otherBody, `the body ${bytes}`, bytes),
    ),
    valid(subject, 'a byte order mark', (request) => ({ ...request, bytes: `\ufeff${JSON.stringify(request.body)}` })),
    ...['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-16', 'nonsense'].map((type) =>
      valid(subject, `the Content-Type ${type}`, withHeader('content-type', type)),
    ),
    ...(isList
      ? []
      : [
          valid(subject, 'a body that nests as deep as may be', (request) => withExtra(request, nestedJson(LIMITS.jsonDepth.value - 1))),
          valid(subject, 'a property that is not known', (request) => withExtra(request, '"x"')),
        ]),
  ];
}

function withoutBody({ body: _, ...request }: Request): Request {
  return request;
}

function withExtra(request: Request, json: string): Request {
  return { ...request, bytes: `${JSON.stringify(request.body).replace(/}$/, '')},"unknown":${json}}` };
}

function nestedJson(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`;
}

function shown(id: string): string {
  return id.length > 40 ? `of ${id.length} characters` : JSON.stringify(id);
}
