// A direct method call and its answer: the rules both gateways and the hub share.
import { HubError } from '../errors.ts';
import { isJsonObject, ownValue, type JsonObject, type JsonValue } from '../json.ts';
import { LIMITS } from '../limits.ts';

/** A checked call. Timeouts are whole seconds. */
export type DirectMethodCall = {
  readonly methodName: string;
  readonly payload: JsonValue;
  readonly responseTimeoutSeconds: number;
  readonly connectTimeoutSeconds: number;
};

/** Any status is an answer, also 404 or 500: it is the device's word, not the hub's (behaviour 4). */
export type DirectMethodAnswer = { readonly status: number; readonly payload: JsonValue };

/**
 * Names survive in an MQTT topic and in the URL parser that device SDKs read topics with (contract 1.3): printable US-ASCII without space and
 * without " # % ' + / < > ? \ ^ ` { | }.
 */
const METHOD_NAME = /^[A-Za-z0-9!$&()*,\-.:;=@[\]_~]+$/;

/**
 * Reads the body of a direct method call; an absent payload is null, absent timeouts have their defaults, unknown fields are ignored.
 * @throws HubError ArgumentInvalid that names the field, MessageTooLarge for the payload.
 */
export function parseDirectMethodCall(body: JsonValue): DirectMethodCall {
  if (!isJsonObject(body)) throw invalid('The body must be a JSON object with methodName.');
  const payload = ownValue(body, 'payload') ?? null;
  checkMethodPayload(payload);
  const responseTimeoutSeconds = parseSeconds(body, {
    field: 'responseTimeoutInSeconds',
    min: LIMITS.methodResponseTimeoutMinSeconds.value,
    max: LIMITS.methodResponseTimeoutMaxSeconds.value,
    byDefault: LIMITS.methodResponseTimeoutDefaultSeconds.value,
  });
  const connectTimeoutSeconds = parseSeconds(body, {
    field: 'connectTimeoutInSeconds',
    min: 0,
    max: LIMITS.methodConnectTimeoutMaxSeconds.value,
    byDefault: 0,
  });
  // Live facts, Direct methods.
  if (connectTimeoutSeconds > responseTimeoutSeconds) {
    throw invalid('connectTimeoutInSeconds must not be longer than responseTimeoutInSeconds.');
  }
  return {
    methodName: checkMethodName(ownValue(body, 'methodName'), "'methodName'"),
    payload,
    responseTimeoutSeconds,
    connectTimeoutSeconds,
  };
}

/** Counts the payload as JSON text in UTF-8 (behaviour 4). */
function checkMethodPayload(payload: JsonValue): void {
  const maxBytes = LIMITS.methodPayloadBytes.value;
  const text = JSON.stringify(payload);
  // A unit of a string is at most three bytes, so most texts need not be encoded to be counted.
  if (text.length * 3 <= maxBytes || utf8.encode(text).length <= maxBytes) return;
  throw new HubError('MessageTooLarge', `A direct method payload has at most ${maxBytes} bytes of JSON.`);
}

const utf8 = new TextEncoder();

/** @param title what the caller knows it as; begins the message. @returns the name. @throws HubError ArgumentInvalid. */
export function checkMethodName(name: JsonValue | undefined, title: string): string {
  const maxChars = LIMITS.methodNameChars.value;
  if (typeof name !== 'string' || name.length < 1 || name.length > maxChars) {
    throw invalid(`${title} must be a string of 1 to ${maxChars} characters.`);
  }
  if (!METHOD_NAME.test(name)) {
    throw invalid(`${title} must be printable US-ASCII without space and without " # % ' + / < > ? \\ ^ \` { | }.`);
  }
  return name;
}

type SecondsRule = { readonly field: string; readonly min: number; readonly max: number; readonly byDefault: number };

function parseSeconds(body: JsonObject, { field, min, max, byDefault }: SecondsRule): number {
  const seconds = ownValue(body, field) ?? byDefault;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds)) throw invalid(`${field} must be a whole number of seconds.`);
  if (seconds < min || seconds > max) throw invalid(`${field} must be within [${min}, ${max}].`);
  return seconds;
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
