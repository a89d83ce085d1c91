// A batch of messages that a device sends in one HTTPS request: an array of bodies, in base64 or as text, with their properties.
import { HubError } from './errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from './json.ts';

/**
 * @returns the length of each message's body in bytes. Fields that are not known are ignored, as those of newer SDKs.
 * @throws HubError ArgumentInvalid that names the first message which is malformed by its index, from 0 on.
 */
export function parseTelemetryBatch(batch: JsonValue): readonly number[] {
  if (!Array.isArray(batch)) throw new HubError('ArgumentInvalid', 'The body of a batch must be an array of messages.');
  // Array.isArray does not narrow a readonly array.
  return (batch as readonly JsonValue[]).map(bodyBytesOf);
}

function bodyBytesOf(message: JsonValue, index: number): number {
  if (!isJsonObject(message)) throw malformed(index, 'it must be an object with a body');
  checkProperties(message, index);
  const body = ownValue(message, 'body');
  if (typeof body !== 'string') throw malformed(index, 'its body must be a string');
  if (!isInBase64(message, index)) return new TextEncoder().encode(body).length;
  if (body.length % 4 !== 0 || !BASE64.test(body)) throw malformed(index, 'its body must be base64, or base64Encoded must be false');
  return (body.length / 4) * 3 - (body.length - body.replace(/=+$/, '').length);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** SDKs of other languages say so of each message and send texts as they are. */
function isInBase64(message: JsonObject, index: number): boolean {
  const given = ownValue(message, 'base64Encoded') ?? true;
  if (typeof given !== 'boolean') throw malformed(index, 'base64Encoded must be true or false');
  return given;
}

/** Both of applications (`iothub-app-…`) and of the system, as headers of single messages would be. */
function checkProperties(message: JsonObject, index: number): void {
  const properties = ownValue(message, 'properties') ?? {};
  const fit = isJsonObject(properties) && Object.values(properties).every((value) => typeof value === 'string');
  if (!fit) throw malformed(index, 'its properties must be an object of strings');
}

function malformed(index: number, rule: string): HubError {
  return new HubError('ArgumentInvalid', `The message at index ${index} of the batch is malformed: ${rule}. None was accepted.`);
}
