// Reads the two error envelopes of the HTTP API (behaviour 9.1) and says what happened and what to try next.
import { ERROR_CATALOGUE } from '../domain/errors.ts';
import { isJsonObject, parseJson, type JsonValue } from '../domain/json.ts';

type Refusal = { readonly name: string; readonly message: string; readonly trackingId: string | undefined };

export function describeRefusal(status: number, body: JsonValue | undefined): string {
  const refusal = parsePlain(body) ?? parseNested(body);
  if (!refusal) return `The answer has status ${status} and is not that of a twinhub. Check host name and port.`;
  const { name, message, trackingId } = refusal;
  return [message, wayOut(name), `(${name}${trackingId === undefined ? '' : `, tracking id ${trackingId}`})`].filter(Boolean).join(' ');
}

/** `{"Message":"ErrorCode:NAME;text","ExceptionMessage":"Tracking ID:…"}` */
function parsePlain(body: JsonValue | undefined): Refusal | undefined {
  if (!isJsonObject(body) || typeof body['Message'] !== 'string') return undefined;
  const [, name, message] = /^ErrorCode:(\w+);(.*)$/s.exec(body['Message']) ?? [];
  if (name === undefined || message === undefined) return undefined;
  const trace = body['ExceptionMessage'];
  return { name, message, trackingId: typeof trace === 'string' ? shortTrackingId(trace.replace(/^Tracking ID:/, '')) : undefined };
}

/** `{"Message":"{\"errorCode\":404103,\"trackingId\":\"…\",\"message\":\"…\"}"}` */
function parseNested(body: JsonValue | undefined): Refusal | undefined {
  if (!isJsonObject(body) || typeof body['Message'] !== 'string') return undefined;
  const inner = parseOrNothing(body['Message']);
  if (!isJsonObject(inner) || typeof inner['message'] !== 'string') return undefined;
  const { errorCode, trackingId } = inner;
  const [name = `error ${Number(errorCode)}`] = Object.entries(ERROR_CATALOGUE).find(([, { number }]) => number === errorCode) ?? [];
  return {
    name,
    message: inner['message'],
    trackingId: typeof trackingId === 'string' ? shortTrackingId(trackingId) : undefined,
  };
}

/** Without the time that follows the id: the log has one of its own. */
function shortTrackingId(text: string): string {
  return text.replace(/-G:.*$/, '');
}

/** Each meaning of the catalogue is a sentence that tells what happened, and then what to do. */
function wayOut(name: string): string {
  const entry = Object.entries(ERROR_CATALOGUE).find(([known]) => known === name);
  return entry ? entry[1].meaning.split('. ').slice(1).join('. ') : '';
}

function parseOrNothing(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
