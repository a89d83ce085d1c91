// How refusals look over MQTT: the status of a twin answer with its body, and the return code of CONNACK.
import { ERROR_CATALOGUE, type ErrorCode, type HubError } from '../../domain/errors.ts';
import { toIsoTime } from '../../domain/time.ts';
import { formatTrackingId } from '../../domain/tracking-id.ts';
import type { ConnackCode } from './packets.ts';

/** `twin` is the status in the topic of the answer (behaviour 7.3). `connack`: 3 where trying again may help, since SDKs do so (contract 1.4). */
type WireError = { readonly twin: number; readonly connack: Extract<ConnackCode, 3 | 5> };

const WIRE_ERRORS = {
  GenericBadRequest: { twin: 400, connack: 5 },
  InvalidProtocolVersion: { twin: 400, connack: 5 },
  ArgumentInvalid: { twin: 400, connack: 5 },
  ArgumentNull: { twin: 400, connack: 5 },
  DeviceDefinedMultipleTimes: { twin: 400, connack: 5 },
  DeserializationError: { twin: 400, connack: 5 },
  BulkRegistryOperationFailure: { twin: 400, connack: 5 },
  RequestTimedOut: { twin: 400, connack: 5 },
  InvalidDeviceScope: { twin: 400, connack: 5 },
  InvalidDigitalTwinJsonPatch: { twin: 400, connack: 5 },
  InvalidDigitalTwinPatchPath: { twin: 400, connack: 5 },
  GenericUnauthorized: { twin: 401, connack: 5 },
  IotHubUnauthorizedAccess: { twin: 401, connack: 5 },
  SystemModuleModifyUnauthorizedAccess: { twin: 401, connack: 5 },
  DeviceModelMaxPropertiesExceeded: { twin: 403, connack: 5 },
  DeviceMaximumInflightMethodExceeded: { twin: 403, connack: 3 },
  GenericNotFound: { twin: 404, connack: 5 },
  DeviceNotFound: { twin: 404, connack: 5 },
  ModuleNotFound: { twin: 404, connack: 5 },
  JobNotFound: { twin: 404, connack: 5 },
  CertificateNotFound: { twin: 404, connack: 5 },
  DeviceNotOnline: { twin: 404, connack: 3 },
  GenericMethodNotAllowed: { twin: 405, connack: 5 },
  OperationNotAllowedInCurrentState: { twin: 405, connack: 5 },
  GenericConflict: { twin: 409, connack: 5 },
  DeviceAlreadyExists: { twin: 409, connack: 5 },
  JobAlreadyExists: { twin: 409, connack: 5 },
  ModuleAlreadyExistsOnDevice: { twin: 409, connack: 5 },
  PreconditionFailed: { twin: 412, connack: 5 },
  DeviceMessageLockLost: { twin: 412, connack: 5 },
  JobRunPreconditionFailed: { twin: 412, connack: 5 },
  MessageTooLarge: { twin: 413, connack: 5 },
  TooManyDevices: { twin: 413, connack: 5 },
  TooManyModulesOnDevice: { twin: 413, connack: 5 },
  ThrottlingException: { twin: 429, connack: 3 },
  ServerError: { twin: 500, connack: 3 },
  GenericBadGateway: { twin: 502, connack: 3 },
  ServiceUnavailable: { twin: 503, connack: 3 },
  GatewayTimeout: { twin: 504, connack: 3 },
} as const satisfies Record<ErrorCode, WireError>;

/** A refused twin request as it goes out: devices see an error only by the `errorCode` in a body (contract 0.4). */
export type TwinRefusal = { readonly status: number; readonly body: string };

/** @param context.trackingId 32 hexadecimal digits. */
export function twinRefusal(error: HubError, context: { readonly trackingId: string; readonly nowMs: number }): TwinRefusal {
  const body = {
    errorCode: ERROR_CATALOGUE[error.code].number,
    trackingId: formatTrackingId(context.trackingId, context.nowMs),
    message: error.message,
    timestampUtc: toIsoTime(context.nowMs),
  };
  return { status: WIRE_ERRORS[error.code].twin, body: JSON.stringify(body) };
}

export function connackCodeOf(error: HubError): ConnackCode {
  return WIRE_ERRORS[error.code].connack;
}
