// Bytes on the HTTPS port that are no decent request: damaged, ambiguous, oversized, strangely encoded.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { answersIn, API, expectStatus, requestBytes } from '../http-answers.ts';
import type { Line } from '../line.ts';
import type { Scene } from '../scene.ts';

const BAD_REQUEST = [400, 408, 413, 431];

/** A twin write that must never happen, as a request inside another. */
function smuggled(scene: Scene, chance: Chance): { readonly path: string; readonly bytes: string } {
  const path = `/twins/${chance.pick(scene.parts.victims).deviceId}?${API}`;
  const headers = { authorization: scene.token };
  return { path, bytes: requestBytes({ method: 'PATCH', path, headers, body: '{"tags":{"smuggled":1}}' }).toString('latin1') };
}

/** Hangs up, and holds what was answered until then against what a hub may answer. */
async function hangUp(line: Line): Promise<void> {
  line.end();
  await line.closed;
  answersIn(line.text);
}

async function damagedRequests(scene: Scene, chance: Chance): Promise<void> {
  const decent = requestBytes({ method: 'GET', path: `/devices/nobody?${API}`, headers: { authorization: scene.token } });
  for (let count = 0; count < 12; count += 1) {
    const line = await scene.openHttp();
    await line.writeSlowly(chance.cut(chance.mutated(decent), 4));
    await hangUp(line);
  }
}

async function randomBytes(scene: Scene, chance: Chance): Promise<void> {
  for (let count = 0; count < 8; count += 1) {
    const line = await scene.openHttp();
    line.write(chance.bytes(chance.between(1, 3000)));
    await hangUp(line);
    demand(
      answersIn(line.text).every(({ status }) => BAD_REQUEST.includes(status)),
      'random bytes were taken for a request',
    );
  }
}

/** Framings of one body on which two servers may disagree; `length` is that of the body. */
const AMBIGUOUS: readonly ((length: number) => string)[] = [
  (length) => `content-length: ${length}\r\ncontent-length: 0`,
  (length) => `content-length: ${length}\r\ntransfer-encoding: chunked`,
  (length) => `transfer-encoding: chunked\r\ncontent-length: ${length}`,
  (length) => `content-length: ${length}, ${length}`,
  (length) => `content-length: +${length}`,
  (length) => `content-length: 0x${length.toString(16)}`,
  (length) => `content-length: -${length}`,
  (length) => `content-length: ${length}e0`,
  () => `content-length: 99999999999999999999`,
  () => 'transfer-encoding: xchunked',
  () => 'transfer-encoding: chunked, identity',
  () => 'transfer-encoding: chunked\r\ntransfer-encoding: identity',
  () => 'transfer-encoding : chunked',
  () => 'transfer-encoding:\x0bchunked',
  () => ' transfer-encoding: chunked',
  () => 'x: y\ntransfer-encoding: chunked',
  () => 'transfer-encoding\0: chunked',
  () => 'transfer-encoding: chunked\r\n\tx',
];

/** Bodies in chunks that are none. */
const BAD_CHUNKS = [
  '-1\r\n',
  '0x2\r\n{}\r\n0\r\n\r\n',
  'ffffffffffffffffff\r\n{}',
  '2\n{}\n0\n\n',
  '2;\r\n{}garbage\r\n',
  ' 2\r\n{}\r\n0\r\n\r\n',
  '2\r\n{}\r\n0\r\nx',
  `2;${'e'.repeat(100_000)}\r\n{}\r\n0\r\n\r\n`,
];

async function smuggling(scene: Scene, chance: Chance): Promise<void> {
  const { path, bytes } = smuggled(scene, chance);
  for (const framing of chance.some(AMBIGUOUS, 8)) {
    const body = `0\r\n\r\n${bytes}`;
    const line = await scene.openHttp();
    line.write(
      `POST /devices/query?${API} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${scene.token}\r\n${framing(body.length)}\r\n\r\n${body}`,
    );
    line.end();
    await line.closed;
    demand(
      answersIn(line.text).every(({ status }) => status >= 400),
      `an ambiguous request was served: ${framing(1)}`,
    );
  }
  for (const chunks of chance.some(BAD_CHUNKS, 3)) {
    const line = await scene.openHttp();
    line.write(
      `PATCH ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${scene.token}\r\ntransfer-encoding: chunked\r\n\r\n${chunks}${bytes}`,
    );
    line.end();
    await line.closed;
    demand(
      answersIn(line.text).every(({ status }) => status >= 400),
      `bad chunks were taken: ${chunks.slice(0, 30)}`,
    );
  }
  const { body } = await scene.request({ method: 'GET', path });
  demand(!body.includes('smuggled'), 'a request inside another was served');
}

async function oversize(scene: Scene, chance: Chance): Promise<void> {
  const max = LIMITS.httpHeaderBytes.value;
  const requests = [
    { method: 'GET', path: `/devices/${'x'.repeat(max)}?${API}` },
    { method: 'GET', path: `/devices?${API}&${'a=b&'.repeat(max / 4)}` },
    { method: 'GET', path: `/devices?${API}`, headers: { [`x-${'y'.repeat(max)}`]: '1' } },
    { method: 'GET', path: `/devices?${API}`, headers: { cookie: 'c'.repeat(max) } },
    {
      method: 'GET',
      path: `/devices?${API}`,
      headers: Object.fromEntries(Array.from({ length: max / 4 }, (_, index) => [`h${index}`, ''])),
    },
  ];
  for (const request of requests) {
    const line = await scene.openHttp();
    line.write(requestBytes(request));
    await line.closed;
    for (const answer of answersIn(line.text)) expectStatus(answer, 431);
  }
  const announced = await scene.openHttp();
  const headers = { authorization: scene.token, 'content-length': '9007199254740991' };
  announced.write(requestBytes({ method: 'PATCH', path: `/twins/victim-0?${API}`, headers, body: '{' }));
  await announced.until(({ text }) => answersIn(text).length > 0);
  for (const answer of answersIn(announced.text)) expectStatus(answer, 413);
  const endless = await scene.openHttp();
  endless.write(
    `PATCH /twins/victim-0?${API} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${scene.token}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  for (let sent = 0; sent <= LIMITS.twinBodyBytes.value; sent += 60_000) {
    endless.write(`ea60\r\n${chance.pick(['x', '[', '"']).repeat(60_000)}\r\n`);
  }
  await endless.until(({ text }) => answersIn(text).length > 0);
  for (const answer of answersIn(endless.text)) expectStatus(answer, 413);
}

async function pipelining(scene: Scene, chance: Chance): Promise<void> {
  const line = await scene.openHttp();
  const names = Array.from({ length: LIMITS.httpRequestsWaiting.value }, () => `ghost-${chance.hex(8)}`);
  const headers = { authorization: scene.token };
  line.write(Buffer.concat(names.map((name) => requestBytes({ method: 'GET', path: `/devices/${name}?${API}`, headers }))));
  await line.until(({ text }) => answersIn(text).length === names.length);
  answersIn(line.text).forEach(({ body }, index) => demand(body.includes(String(names[index])), 'answers came out of order'));
  const abandoned = await scene.openHttp();
  abandoned.write(Buffer.concat(names.map((name) => requestBytes({ method: 'GET', path: `/twins/${name}?${API}`, headers }))));
  abandoned.drop();
}

const PATHS = [
  '%00',
  '%',
  '%zz',
  '%u0041',
  '%ff',
  '%c0%af',
  '%ed%a0%80',
  '%2e%2e%2f',
  '..%2f..',
  '%252e%252e',
  '\xff\xfe',
  'é',
  '%0d%0aset-cookie:x=y',
  '%20',
  '+',
  ';a=b',
  '*',
  '//',
  '%2f',
  '\\..\\',
];

async function paths(scene: Scene, chance: Chance): Promise<void> {
  for (const text of chance.some(PATHS, 12)) {
    const path = chance.pick(['/devices/', '/twins/', '/jobs/v2/', '/hub/', '/']) + text;
    const line = await scene.openHttp();
    line.write(requestBytes({ method: 'GET', path: `${path}?${API}`, headers: { authorization: scene.token } }));
    line.end();
    await line.closed;
    // A job that does not exist is answered with 200 (live facts, Jobs).
    const served = path.startsWith('/jobs/v2/') || /^\/devices\/+$/.test(path) ? [200] : [];
    for (const answer of answersIn(line.text)) expectStatus(answer, 400, 401, 404, 405, ...served);
    demand(!line.text.toLowerCase().includes('\r\nset-cookie'), 'a header was injected');
  }
}

const METHODS = [
  'TRACE',
  'CONNECT',
  'OPTIONS',
  'HEAD',
  'PROPFIND',
  'M-SEARCH',
  'QUERY',
  'get',
  'GE',
  'G'.repeat(5000),
  '__proto__',
  'POST',
];

async function methods(scene: Scene, chance: Chance): Promise<void> {
  for (const method of METHODS) {
    const line = await scene.openHttp();
    const path = chance.pick([
      `/devices/victim-0?${API}`,
      '/nothing',
      '*',
      '/hub/health/live',
      'https://elsewhere.example/devices',
      'elsewhere.example:443',
    ]);
    line.write(requestBytes({ method, path, headers: { authorization: scene.token } }));
    line.end();
    await line.closed;
    // An answer to HEAD announces a body that does not come.
    if (method !== 'HEAD') for (const answer of answersIn(line.text)) expectStatus(answer, 400, 401, 404, 405);
  }
}

const QUERY_STRINGS = [
  `${API}&__proto__[polluted]=1`,
  `${API}&__proto__=1&constructor=2&toString=3`,
  `constructor[prototype][a]=1&${API}`,
  'api-version',
  'api-version=',
  'api-version[]=2021-04-12',
  `${API}&${API}`,
  `${API}&api-version=x`,
  `${API}&top=1e400`,
  `${API}&top=NaN`,
  `${API}&top=-1`,
  `${API}&top=0x10`,
  `${API}&top=1&top=__proto__`,
  `${API}&top=%00`,
  `${API}&top=${'9'.repeat(400)}`,
  `${API}&%=%&=&&&=`,
  '%ff=%fe',
  `${API}&${'a'.repeat(10_000)}`,
];

async function queryStrings(scene: Scene, chance: Chance): Promise<void> {
  for (const text of chance.some(QUERY_STRINGS, 10)) {
    expectStatus(await scene.request({ method: 'GET', path: `/devices?${text}` }), 200, 400);
    expectStatus(await scene.request({ method: 'GET', path: `/jobs/v2/query?${text}&jobType=__proto__&pageSize=1e9` }), 400);
  }
}

const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br, deflate' },
  { 'content-encoding': '\xff' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'multipart/form-data; boundary=' },
  { 'content-type': '\xff/\xff;;;=' },
  { 'content-type': `text/${'x'.repeat(8000)}` },
  { expect: '100-continue' },
  { expect: 'nonsense' },
  { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-key': 'x', 'sec-websocket-version': '13' },
  { upgrade: 'h2c', connection: 'upgrade, http2-settings', 'http2-settings': 'AAAA' },
  { connection: 'content-length, host, authorization' },
  { 'if-match': '"' },
  { 'if-match': 'W/"\xff", *, "a"' },
  { 'if-match': '"'.repeat(8000) },
  { 'x-ms-max-item-count': '1e9' },
  { 'x-ms-max-item-count': '-1' },
  { 'x-ms-max-item-count': '9'.repeat(400) },
  { 'x-ms-continuation': 'AAAA' },
  { 'x-ms-continuation': '\xff\xfe' },
  { 'x-ms-continuation': Buffer.from('{"__proto__":1}').toString('base64') },
  { 'request-id': '\x01\x02' },
  { 'request-id': 'x'.repeat(8000) },
  { host: '' },
  { host: 'elsewhere.example' },
  { host: 'localhost:99999/../..' },
  { 'transfer-encoding': 'gzip, chunked' },
  { trailer: '__proto__', te: 'trailers' },
  { 'x-http-method-override': 'DELETE', 'x-original-url': '/devices/good-0', 'x-forwarded-host': 'elsewhere.example' },
];

async function strangeHeaders(scene: Scene, chance: Chance): Promise<void> {
  const calls = [
    { method: 'POST', path: `/devices/query?${API}`, body: `{"query":"SELECT deviceId FROM devices WHERE deviceId = 'nobody'"}` },
    { method: 'PATCH', path: `/twins/victim-1?${API}`, body: '{"tags":{}}' },
    { method: 'GET', path: `/jobs/v2/query?${API}` },
    { method: 'DELETE', path: `/devices/nobody?${API}` },
  ];
  for (const hostile of chance.some(HEADERS, 12)) {
    const line = await scene.openHttp();
    line.write(requestBytes({ ...chance.pick(calls), headers: { authorization: scene.token, ...hostile } }));
    line.end();
    await line.closed;
    for (const answer of answersIn(line.text)) expectStatus(answer, 200, 400, 404, 412, 417);
  }
}

export const HTTP_BYTE_ATTACKS: readonly Attack[] = [
  { name: 'HTTP: random bytes', round: randomBytes },
  { name: 'HTTP: a decent request, damaged', round: damagedRequests },
  { name: 'HTTP: requests inside requests', round: smuggling },
  { name: 'HTTP: paths, headers and bodies that are too large', round: oversize },
  { name: 'HTTP: many requests at once on one connection', round: pipelining },
  { name: 'HTTP: strange paths', round: paths },
  { name: 'HTTP: strange methods', round: methods },
  { name: 'HTTP: strange query strings', round: queryStrings },
  { name: 'HTTP: strange headers', round: strangeHeaders },
];
