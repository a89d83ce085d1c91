// How refusals look over HTTP: the status of each error code and the two envelopes of the service (behaviour 9.1).
import { ERROR_CATALOGUE, type ErrorCode, type HubError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { toIsoTime } from '../../domain/time.ts';
import { formatTrackingId } from '../../domain/tracking-id.ts';

/**
 * `onMethods`: the envelope when the call is a direct method. `plain` where SDKs look for `ErrorCode:NAME` to make a typed error
 * (contract 2.4), and for what is decided before the method is looked at.
 */
type WireError = { readonly status: number; readonly onMethods: 'plain' | 'nested' };

const WIRE_ERRORS = {
  GenericBadRequest: { status: 400, onMethods: 'plain' },
  InvalidProtocolVersion: { status: 400, onMethods: 'plain' },
  ArgumentInvalid: { status: 400, onMethods: 'nested' },
  ArgumentNull: { status: 400, onMethods: 'nested' },
  DeviceDefinedMultipleTimes: { status: 400, onMethods: 'plain' },
  DeserializationError: { status: 400, onMethods: 'nested' },
  BulkRegistryOperationFailure: { status: 400, onMethods: 'plain' },
  RequestTimedOut: { status: 400, onMethods: 'plain' },
  InvalidDeviceScope: { status: 400, onMethods: 'plain' },
  InvalidDigitalTwinJsonPatch: { status: 400, onMethods: 'plain' },
  InvalidDigitalTwinPatchPath: { status: 400, onMethods: 'plain' },
  GenericUnauthorized: { status: 401, onMethods: 'plain' },
  IotHubUnauthorizedAccess: { status: 401, onMethods: 'plain' },
  SystemModuleModifyUnauthorizedAccess: { status: 401, onMethods: 'plain' },
  DeviceModelMaxPropertiesExceeded: { status: 403, onMethods: 'nested' },
  DeviceMaximumInflightMethodExceeded: { status: 403, onMethods: 'nested' },
  GenericNotFound: { status: 404, onMethods: 'plain' },
  DeviceNotFound: { status: 404, onMethods: 'plain' },
  ModuleNotFound: { status: 404, onMethods: 'plain' },
  JobNotFound: { status: 404, onMethods: 'plain' },
  CertificateNotFound: { status: 404, onMethods: 'plain' },
  DeviceNotOnline: { status: 404, onMethods: 'nested' },
  GenericMethodNotAllowed: { status: 405, onMethods: 'plain' },
  OperationNotAllowedInCurrentState: { status: 405, onMethods: 'plain' },
  GenericConflict: { status: 409, onMethods: 'plain' },
  DeviceAlreadyExists: { status: 409, onMethods: 'plain' },
  JobAlreadyExists: { status: 409, onMethods: 'plain' },
  ModuleAlreadyExistsOnDevice: { status: 409, onMethods: 'plain' },
  PreconditionFailed: { status: 412, onMethods: 'plain' },
  DeviceMessageLockLost: { status: 412, onMethods: 'plain' },
  JobRunPreconditionFailed: { status: 412, onMethods: 'plain' },
  MessageTooLarge: { status: 413, onMethods: 'nested' },
  TooManyDevices: { status: 413, onMethods: 'plain' },
  TooManyModulesOnDevice: { status: 413, onMethods: 'plain' },
  ThrottlingException: { status: 429, onMethods: 'plain' },
  ServerError: { status: 500, onMethods: 'plain' },
  GenericBadGateway: { status: 502, onMethods: 'nested' },
  ServiceUnavailable: { status: 503, onMethods: 'plain' },
  GatewayTimeout: { status: 504, onMethods: 'nested' },
} as const satisfies Record<ErrorCode, WireError>;

/** `trackingId`: 32 hexadecimal digits. `nested` is present when the call is a direct method. */
type ErrorContext = {
  readonly trackingId: string;
  readonly nowMs: number;
  readonly nested?: { readonly info: JsonObject | undefined };
};

export type ErrorResponse = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** The whole answer to a refused request. The header is what SDKs other than Node's read (behaviour 9.1). */
export function errorResponse(error: HubError, context: ErrorContext): ErrorResponse {
  const { status, onMethods } = WIRE_ERRORS[error.code];
  const body = context.nested && onMethods === 'nested' ? nestedEnvelope(error, context) : plainEnvelope(error, context);
  const headers = { 'content-type': JSON_TYPE, 'iothub-errorcode': error.code, ...(status === 429 && RETRY_LATER) };
  return { status, headers, body: JSON.stringify(body) };
}

/** Of every body that the gateway sends: SDKs parse nothing else (contract 2.1). */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Behaviour 9.1. In seconds [RFC 9110, section 10.2.3]. */
const RETRY_LATER = { 'retry-after': String(LIMITS.refusalLastMs.value / 1000) };

/** SDKs split `Message` at each `;` (contract 2.4), so that only the one behind the code may stay. */
function plainEnvelope(error: HubError, context: ErrorContext): JsonObject {
  return {
    Message: `ErrorCode:${error.code};${error.message.replaceAll(';', ',')}`,
    ExceptionMessage: `Tracking ID:${formatTrackingId(context.trackingId, context.nowMs)}`,
  };
}

function nestedEnvelope(error: HubError, context: ErrorContext): JsonObject {
  const info = context.nested?.info;
  const inner = {
    errorCode: ERROR_CATALOGUE[error.code].number,
    trackingId: formatTrackingId(context.trackingId, context.nowMs),
    message: error.message,
    ...(info && { info }),
    timestampUtc: toIsoTime(context.nowMs),
  };
  return { Message: JSON.stringify(inner), ExceptionMessage: '' };
}
