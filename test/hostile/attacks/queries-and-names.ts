// Queries that are too deep, too long, damaged or meant for SQL, and ids with every character in paths.
import fc from 'fast-check';
import { LIMITS } from '../../../src/domain/limits.ts';
import { publishPacket } from '../../support/mqtt-client.ts';
import { printExpression } from '../../support/query/print-expression.ts';
import { condition, TRAPS } from '../../support/query/query-arbitraries.ts';
import { withKeys } from '../../support/identities.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { API, expectStatus, type HttpAnswer } from '../http-answers.ts';
import type { Line } from '../line.ts';
import { messagesIn, packetBytes } from '../mqtt-packets.ts';
import type { Scene } from '../scene.ts';

const SELECT = 'SELECT deviceId FROM devices WHERE ';

async function ask(scene: Scene, line: Line, query: string): Promise<HttpAnswer> {
  const answer = await scene.request({ method: 'POST', path: `/devices/query?${API}`, body: JSON.stringify({ query }) }, line);
  expectStatus(answer, 200, 400, 413);
  return answer;
}

const HOSTILE_QUERIES: readonly string[] = [
  `${SELECT}${'('.repeat(4000)}a = 1${')'.repeat(4000)}`,
  `${SELECT}${'NOT '.repeat(2000)}a = 1`,
  `${SELECT}${'IS_DEFINED('.repeat(600)}a${')'.repeat(600)}`,
  `${SELECT}a${'.b'.repeat(4000)} = 1`,
  `${SELECT}${Array.from({ length: 900 }, () => 'a = 1').join(' OR ')}`,
  `${SELECT}a${'[0]'.repeat(2000)} = 1`,
  `${SELECT}tags.a[4294967296] = 1`,
  `${SELECT}tags${'[2147483647]'.repeat(31)} = tags.[[a[0]]][0] OR tags.a[0].[['); drop table devices; --]] = 1`,
  `${SELECT}a IN [${Array.from({ length: 2000 }, (_, index) => index).join()}]`,
  `${SELECT}deviceId IN ['${'x'.repeat(8100)}']`,
  `${SELECT}deviceId = '${'x'.repeat(LIMITS.queryChars.value)}'`,
  `SELECT ${Array.from({ length: 1000 }, (_, index) => `a.b${index}`).join()} FROM devices`,
  `${SELECT}deviceId = '`,
  `${SELECT}deviceId = '\\ud800'`,
  `${SELECT}deviceId = '\\u0000'`,
  `${SELECT}deviceId = ''; drop table twins; --'`,
  `${SELECT}deviceId = '' UNION SELECT primaryKey FROM devices --`,
  `${SELECT}tags.[[a'); drop table devices; --]] = 1`,
  `${SELECT}tags.__proto__ = 1 OR tags.constructor.prototype = 1 OR [[__proto__]] = 1`,
  `${SELECT}a = 1e400 OR a = -0 OR a = 99999999999999999999999`,
  `${SELECT}a = 0x10 OR a = 1_000`,
  `${SELECT}deviceId LIKE '%${'a%'.repeat(3900)}'`,
  `${SELECT}CONCAT(${Array.from({ length: 64 }, () => 'deviceId').join()}) LIKE '${'%_'.repeat(3000)}x'`,
  `${SELECT}a${' + 1'.repeat(2000)} = 1`,
  `${SELECT}${'-'.repeat(4000)}a = 1`,
  `${SELECT}POWER(POWER(9e99, 9e99), 1e308) = EXP(1e308) OR 1 / 0 = 0 % 0`,
  `${SELECT}${'LOWER('.repeat(600)}deviceId${')'.repeat(600)} = 'x'`,
  `${SELECT}${'ARRAY_CONTAINS(tags, '.repeat(300)}1${')'.repeat(300)}`,
  `${SELECT}SUBSTRING(deviceId, 9007199254740991, 9007199254740991) = ''`,
  `SELECT ${Array.from({ length: 90 }, (_, index) => `MAX(tags.a${index}) AS c${index}`).join()} FROM devices`,
  `SELECT COUNT() FROM devices GROUP BY ${Array.from({ length: 900 }, (_, index) => `a${index}`).join()}`,
  `SELECT DISTINCT tags, properties, deviceId FROM devices`,
  `SELECT properties, COUNT() AS n FROM devices GROUP BY properties ORDER BY n DESC, MAX(deviceId)`,
  `SELECT * FROM devices ORDER BY ${Array.from({ length: 900 }, (_, index) => `a${index}`).join()}`,
  `SELECT TOP 9007199254740991 deviceId FROM devices ORDER BY properties DESC, tags, gone`,
  `SELECT TOP 1e308 deviceId FROM devices`,
  `SELECT COUNT() FROM devices GROUP BY 1, 2 ORDER BY 1`,
  'SELECT * FROM sqlite_master',
  'SELECT * FROM devices; DELETE FROM devices',
  'SELECT * FROM devices.jobs WHERE jobId = 1 OR __proto__ = 1',
  'ＳＥＬＥＣＴ * FROM devices',
  '\u202eSELECT * FROM devices',
  '',
  ' '.repeat(LIMITS.queryChars.value),
];

async function hostileQueries(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openHttp();
  for (const query of HOSTILE_QUERIES) await ask(scene, line, query);
  for (const trap of chance.some(TRAPS, 15)) {
    const answer = await ask(scene, line, `${SELECT}deviceId = ${JSON.stringify(trap)}`);
    demand(answer.status === 400 || answer.body === '[]', `the query for ${trap} found ${answer.body.slice(0, 200)}`);
    await ask(scene, line, `${SELECT}${trap} = 1`);
  }
}

async function damagedQueries(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openHttp();
  for (const expression of fc.sample(condition, { numRuns: 15, seed: chance.seed() })) {
    const text = `${SELECT}${printExpression(expression)}`;
    await ask(scene, line, text);
    await ask(scene, line, chance.mutated(Buffer.from(text)).toString());
  }
}

const NAMES: readonly string[] = [
  ...TRAPS,
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(5000),
  '..',
  '.',
  '../../hub/policies',
  'query',
  'good-0/../victim-0',
  '😀'.repeat(64),
  'a/b',
  'a?b',
  'a#b',
  'ＧＯＯＤ-0',
];

async function names(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openHttp();
  for (const name of chance.some(NAMES, 20)) {
    const id = encodeURIComponent(name);
    expectStatus(
      await scene.request({ method: 'GET', path: `/devices/${id}?${API}` }, line),
      400,
      404,
      405,
      ...(name === '' || name === '.' ? [200] : []),
    );
    expectStatus(await scene.request({ method: 'GET', path: `/twins/${id}?${API}` }, line), 400, 404, 405);
    expectStatus(await scene.request({ method: 'GET', path: `/jobs/v2/${id}?${API}` }, line), 200, 400, 404);
    expectStatus(await scene.request({ method: 'POST', path: `/jobs/v2/${id}/cancel?${API}` }, line), 400, 404);
    expectStatus(
      await scene.request({ method: 'DELETE', path: `/devices/${id}?${API}`, headers: { 'if-match': '*' } }, line),
      400,
      404,
      405,
    );
    const body = JSON.stringify({ methodName: name, payload: name, responseTimeoutInSeconds: 5 });
    expectStatus(await scene.request({ method: 'POST', path: `/twins/nobody/methods?${API}`, body }, line), 400, 404);
  }
}

/** Ids that are legal and mean something to JavaScript, SQL or URLs live a whole life. */
async function legalNames(scene: Scene, chance: Chance): Promise<void> {
  const deviceId = `${chance.pick(['__proto__', 'constructor', "'--", '%2e%2e', '$', '@a', '*?!', '(),=;'])}${chance.hex(8)}`;
  const key = chance.bytes(32).toString('base64');
  scene.parts.keepSecret(key);
  const keys = { primaryKey: key, secondaryKey: key };
  const path = `/devices/${encodeURIComponent(deviceId)}?${API}`;
  expectStatus(
    await scene.request({ method: 'PUT', path, body: JSON.stringify({ authentication: { type: 'sas', symmetricKey: keys } }) }),
    200,
  );
  const line = await scene.openVictim(withKeys({ deviceId }, keys));
  line.write(packetBytes(publishPacket('$iothub/twin/PATCH/properties/reported/?$rid=1', '{"__proto__":{"a":1}}')));
  await line.until(({ bytes }) => messagesIn(bytes).some(({ topic }) => topic.startsWith('$iothub/twin/res/204/?$rid=1')));
  const { body } = await scene.request({ method: 'GET', path: path.replace('/devices/', '/twins/') });
  demand(body.includes('"__proto__":{"a":1}'), `the twin of ${deviceId} is ${body}`);
  expectStatus(await scene.request({ method: 'DELETE', path, headers: { 'if-match': '*' } }), 204);
  await line.closed;
}

export const QUERY_AND_NAME_ATTACKS: readonly Attack[] = [
  { name: 'Queries: too deep, too long, or meant for SQL', round: hostileQueries },
  { name: 'Queries: random ones, damaged', round: damagedQueries },
  { name: 'Names: every kind of id in paths', round: names },
  { name: 'Names: strange ids that are legal', round: legalNames },
];
