// Reads the error envelopes of the HTTP API (behaviour 9.1), and the result of a bulk call (behaviour 1.6), and says what happened and which command or flag helps.
import { ERROR_CATALOGUE, type ErrorCode } from '../domain/errors.ts';
import { isJsonObject, parseJson, type JsonValue } from '../domain/json.ts';

type Refusal = { readonly name: string; readonly message: string; readonly trackingId: string | undefined };

/** Where a message does not say it itself, in words of the command line: the catalogue speaks to users of the HTTP API. */
const WAYS_OUT = new Map<string, string>(
  Object.entries({
    IotHubUnauthorizedAccess: 'Check the connection string, what its policy may do (`twinhub policy list`), and the clocks.',
    DeviceModelMaxPropertiesExceeded: 'Remove properties first, by patching them with null.',
    DeviceMaximumInflightMethodExceeded: 'Wait for answers before calling again.',
    CertificateNotFound: 'See them with `twinhub ca list`.',
    DeviceNotFound: 'Create it with `twinhub device create ID`.',
    ModuleNotFound: 'Create it with `twinhub module create DEVICE MODULE`.',
    DeviceNotOnline: 'Start the device app, or wait for it with --connect-timeout.',
    DeviceAlreadyExists: 'Change it with `twinhub device update ID`.',
    ModuleAlreadyExistsOnDevice: 'Change it with `twinhub module update DEVICE MODULE`.',
    PreconditionFailed: 'Read it again, then repeat the change.',
    ThrottlingException: 'Wait a minute, then try again.',
    GatewayTimeout: 'Give it longer with --response-timeout; the method may have run.',
  } satisfies Partial<Record<ErrorCode, string>>),
);

export function describeRefusal(status: number, body: JsonValue | undefined): string {
  const refusal = parsePlain(body) ?? parseNested(body) ?? parseBulkResult(body);
  if (!refusal) return `The answer has status ${status} and is not that of a twinhub. Check host name and port.`;
  const { name, message, trackingId } = refusal;
  // Under what is said of a query stands its line, with a caret.
  const [said = '', ...shown] = message.split('\n');
  const first = [sentence(said), WAYS_OUT.get(name), `(${name}${trackingId === undefined ? '' : `, tracking id ${trackingId}`})`];
  return [first.filter(Boolean).join(' '), ...shown].join('\n');
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

/** `{"isSuccessful":false,"errors":[{"deviceId":"d1","errorCode":"DeviceAlreadyExists","errorStatus":"…"}]}`: the first item that was refused. */
function parseBulkResult(body: JsonValue | undefined): Refusal | undefined {
  if (!isJsonObject(body)) return undefined;
  const { errors } = body;
  // Array.isArray takes the elements of a readonly array for `any`.
  const [first] = Array.isArray(errors) ? (errors as readonly JsonValue[]) : [];
  if (!isJsonObject(first)) return undefined;
  const { errorCode: name, errorStatus: message } = first;
  return typeof name === 'string' && typeof message === 'string' ? { name, message, trackingId: undefined } : undefined;
}

/** Without the time that follows the id: the log has one of its own. */
function shortTrackingId(text: string): string {
  return text.replace(/-G:.*$/, '');
}

/** Messages that quote at their end, or were cut, have none. */
function sentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

function parseOrNothing(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
