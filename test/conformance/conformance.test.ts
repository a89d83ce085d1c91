// Goal: every operation of the service's REST API that the hub serves gives every answer and every error that it can give, in the form that
// the API has for it; and what the hub does not serve is known.
// Method: cases are generated from the extract of the API and from the table of subjects (README.md); each answer is checked against schemas.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/domain/errors.ts';
import { allRoutes } from '../../src/gateways/http/app.ts';
import { repositoryFiles } from '../support/self-check/repository-files.ts';
import type { Answer } from '../unit/gateways/http/open-http-api.ts';
import { answerCheck, itemTypeOf, refusalFaults } from './answer-faults.ts';
import { answerSchemas } from './answer-schemas.ts';
import { addAnsweredParts, knownParts } from './answered-parts.ts';
import type { Case } from './case.ts';
import { DEVIATIONS, NEVER_ANSWERED, NEVER_GIVEN } from './deviations.ts';
import { NOT_IMPLEMENTED } from './not-implemented.ts';
import { openScene, type Scene } from './scene.ts';
import { type Operation, SERVICE_API, shapeOf } from './service-api.ts';
import { Stage } from './stage.ts';
import { EXERCISED } from './subjects.ts';

/** Paths under which the service has nothing, so that twinhub may have its own. */
const OWN_PATHS = '/hub/';

/** Routes beside those of the API under its own paths, each with the reason. */
const OTHER_ROUTES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'POST /devices/*/messages/events',
    ...['devicebound', 'deviceBound'].flatMap((inbox) => [
      `GET /devices/*/messages/${inbox}`,
      `DELETE /devices/*/messages/${inbox}/*`,
      `POST /devices/*/messages/${inbox}/*/abandon`,
    ]),
  ].map((shape) => [shape, 'A call of devices, of which the description of the service API has none.']),
);

/** Errors of the catalogue that no case here is refused with, each with the reason. */
const OF_NO_CASE: Partial<Readonly<Record<ErrorCode, string>>> = {
  CertificateNotFound: 'Only calls of CA certificates under /hub meet it, which are no part of the service.',
  GenericConflict: 'Only calls of policies and CA certificates under /hub meet it, which are no part of the service.',
  ThrottlingException: 'It needs many refusals that wait at once; the tests of refused sign-ins make them.',
  DeviceMessageLockLost: 'Only calls of devices meet it, which are no part of the service API.',
  JobRunPreconditionFailed: 'It stands in records of jobs, where the queries of them find it.',
};

const stage = new Stage();
afterAll(() => stage.close());

const check = answerCheck();

describe.each(EXERCISED)('$operationId', ({ operation, cases }) => {
  test.each(cases)('$title is answered as the API says.', async (played) => {
    const answer = await stage.answerTo(operation, played);

    expect(faultsOf(operation, played, answer)).toEqual([]);
    expect(played.shown?.of(answer)).toEqual(played.shown?.is);
  });

  test('Each documented answer is given by a case.', () => {
    const given = new Set(cases.flatMap(({ expected }) => ('status' in expected ? [String(expected.status)] : [])));

    const missing = Object.keys(operation.responses).filter((status) => !given.has(status));
    const neverGiven = Object.values(NEVER_GIVEN).flat();
    expect(missing.filter((status) => !neverGiven.includes(`${operation.operationId} ${status}`))).toEqual([]);
  });

  test('No two cases have one title.', () => {
    const titles = cases.map(({ title }) => title);

    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  test('Each documented header stands in an answer.', async () => {
    const headers = Object.values(operation.responses).flatMap((response) => response.headers ?? []);
    const answers: Answer[] = [];
    for (const played of documentedOf(cases)) answers.push(await stage.answerTo(operation, played));

    expect(headers.filter((name) => !answers.some((answer) => Object.hasOwn(answer.headers, name.toLowerCase())))).toEqual([]);
  });
});

describe('an operation of the API that is not there', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  test.each(NOT_IMPLEMENTED)('$operation.operationId: $answer, and the message says where to look.', async ({ operation, answer }) => {
    const segments = Object.fromEntries(operation.parameters.map(({ name }) => [name, 'x']));

    const refused = await scene.send(operation, { segments, body: {} });

    const code = answer === 404 ? 'GenericNotFound' : 'GenericMethodNotAllowed';
    expect(refusalFaults({ ...operation, operationId: '' }, refused, code)).toEqual([]);
    expect(refused.json.Message).toContain('docs/compatibility.md');
  });
});

describe('the tables', () => {
  test('have each operation of the API once: exercised, or not implemented.', () => {
    const known = [...EXERCISED.map(({ operationId }) => operationId), ...NOT_IMPLEMENTED.map(({ operation }) => operation.operationId)];

    expect(known.toSorted()).toEqual(SERVICE_API.operations.map(({ operationId }) => operationId).toSorted());
  });

  test('exercise the routes of the hub, all of them and no others.', async () => {
    await using scene = await openScene();
    const routes = allRoutes(scene.api.hub, '1.2.3').filter(({ path }) => !path.startsWith(OWN_PATHS));

    const served = routes.map(shapeOf).filter((shape) => !Object.hasOwn(OTHER_ROUTES, shape));
    expect(served.toSorted()).toEqual(EXERCISED.map(({ operation }) => shapeOf(operation)).toSorted());
    expect(Object.keys(OTHER_ROUTES).filter((shape) => !routes.some((route) => shapeOf(route) === shape))).toEqual([]);
  });

  test('exercise each error of the catalogue.', () => {
    const expected = EXERCISED.flatMap(({ cases }) => cases.flatMap((played) => played.expected.code ?? []));

    expect([...new Set([...expected, ...Object.keys(OF_NO_CASE)])].toSorted()).toEqual(Object.keys(ERROR_CATALOGUE).toSorted());
  });

  test('name in each deviation a row of docs/compatibility.md.', () => {
    const [page] = repositoryFiles(/^docs\/compatibility\.md$/);
    const rows = [...DEVIATIONS.map(({ row }) => row), ...Object.keys(NEVER_ANSWERED), ...Object.keys(NEVER_GIVEN)];

    expect(rows.filter((row) => !page?.text.includes(`\n| ${row} |`))).toEqual([]);
  });
});

describe('answers that have a schema', () => {
  test.each(DEVIATIONS)('at $place would be faults without their deviation.', async ({ place }) => {
    const checkWithout = answerCheck(answerSchemas(DEVIATIONS.filter((deviation) => deviation.place !== place)));

    const documented = await allDocumented();

    expect(documented.filter(({ operation, answer }) => checkWithout(operation, answer).length > 0)).not.toEqual([]);
  });

  test('have every property and every value of their schemas, but for those that are named with a reason.', async () => {
    const schemas = answerSchemas();
    const known = new Set<string>();
    const answered = new Set<string>();

    for (const { operation, answer } of await allDocumented()) {
      const schema = schemas.responseOf(operation, answer.status, itemTypeOf(answer))?.schema ?? {};
      knownParts(schema, schemas, known);
      addAnsweredParts(answered, answer.json, { schema, schemas });
    }

    expect([...known].filter((part) => !answered.has(part)).toSorted()).toEqual(Object.values(NEVER_ANSWERED).flat().toSorted());
  });
});

function faultsOf(operation: Operation, { expected }: Case, answer: Answer): readonly string[] {
  if (!('status' in expected)) return refusalFaults(operation, answer, expected.code);
  const { status, code } = expected;
  if (answer.status !== status || answer.headers['iothub-errorcode'] !== code) return [`The answer is ${answer.status}: ${answer.text}`];
  return check(operation, answer);
}

function documentedOf(cases: readonly Case[]): readonly Case[] {
  return cases.filter(({ expected }) => 'status' in expected);
}

type Documented = { readonly operation: Operation; readonly answer: Answer };

/** One after the other, since some cases move the clock of their hub. */
async function allDocumented(): Promise<readonly Documented[]> {
  const documented: Documented[] = [];
  for (const { operation, cases } of EXERCISED) {
    for (const played of documentedOf(cases)) documented.push({ operation, answer: await stage.answerTo(operation, played) });
  }
  return documented;
}
