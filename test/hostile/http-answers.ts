// HTTP as an attacker writes and reads it: requests with any bytes in them, and answers held to what is documented.
import { ERROR_CATALOGUE } from '../../src/domain/errors.ts';

/** `body` as text is sent in UTF-8. Lengths are right unless `headers` say something else. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
};

export type HttpAnswer = { readonly status: number; readonly headers: ReadonlyMap<string, string>; readonly body: string };

export const API = 'api-version=2021-04-12';

/** Characters of path and headers go out one byte each. */
export function requestBytes({ method, path, headers, body }: HttpRequest): Buffer {
  const bytes = Buffer.from(body ?? '');
  const length = body === undefined ? {} : { 'content-length': String(bytes.length) };
  const fields: readonly [string, string][] = Object.entries({ host: 'localhost', ...length, ...headers });
  const head = [`${method} ${path} HTTP/1.1`, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), bytes]);
}

/** The whole answers in what was received, in order. @throws Error for one that is not as documented. */
export function answersIn(received: string): readonly HttpAnswer[] {
  const answers: HttpAnswer[] = [];
  let rest = received;
  for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
    const answer = readAnswer(rest.slice(0, end), rest.slice(end + 4));
    if (answer === undefined) break;
    checkAnswer(answer);
    // An interim answer says only that the body may come.
    if (answer.status !== 100) answers.push(answer);
    rest = rest.slice(end + 4 + answer.body.length);
  }
  return answers;
}

/** `undefined` while some of the body is missing. */
function readAnswer(head: string, rest: string): HttpAnswer | undefined {
  const [statusLine = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const length = Number(headers.get('content-length') ?? 0);
  if (rest.length < length) return undefined;
  return { status, headers, body: rest.slice(0, length) };
}

/** Every refusal names an error of the catalogue, in its header and in its body (behaviour 9.1). None is a fault of the hub. */
function checkAnswer({ status, headers, body }: HttpAnswer): void {
  const seen = `status ${status}, ${JSON.stringify([...headers])}, ${JSON.stringify(body.slice(0, 500))}`;
  if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${seen}`);
  if (status < 400) return;
  const code = headers.get('iothub-errorcode') ?? '';
  if (!(code in ERROR_CATALOGUE)) throw new Error(`an answer without a documented error: ${seen}`);
  if (code === 'ServerError' || code === 'ServiceUnavailable') throw new Error(`a fault of the hub: ${seen}`);
  const parsed: unknown = JSON.parse(Buffer.from(body, 'latin1').toString());
  // A bulk call answers each item on its own, and has an envelope of its own for that (behaviour 1.6).
  const envelope = code === 'BulkRegistryOperationFailure' ? 'isSuccessful' : 'Message';
  if (typeof parsed !== 'object' || parsed === null || !(envelope in parsed)) throw new Error(`no error envelope: ${seen}`);
}

/** @throws Error when the status is none of these. */
export function expectStatus(answer: HttpAnswer, ...statuses: readonly number[]): void {
  if (statuses.includes(answer.status)) return;
  throw new Error(`answered ${answer.status}, not ${statuses.join(' or ')}: ${answer.body.slice(0, 500)}`);
}
