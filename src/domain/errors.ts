// The one error type of the hub and the closed catalogue of everything it may refuse.
import { LIMITS } from './limits.ts';

/** `number` is the service's six-digit error code; `meaning` says when it is raised and what the caller can do (docs/errors.md). */
type ErrorEntry = { readonly number: number; readonly meaning: string };

/** Every refusal the hub knows. Names and numbers are the service's (behaviour 9.2); gateways map them to their wire. */
export const ERROR_CATALOGUE = {
  GenericBadRequest: {
    number: 400000,
    meaning: 'The request cannot be understood. Compare its path, headers and body with the REST reference.',
  },
  InvalidProtocolVersion: { number: 400001, meaning: 'The api-version is missing or unknown. Use 2021-04-12.' },
  ArgumentInvalid: {
    number: 400004,
    meaning: 'A value breaks a rule that the message names. Correct the value and send the request again.',
  },
  ArgumentNull: { number: 400005, meaning: 'A required value is missing. Add the value that the message names.' },
  DeviceDefinedMultipleTimes: {
    number: 400011,
    meaning: 'A bulk call names a device twice, and nothing of it was done. Name each device once.',
  },
  DeserializationError: {
    number: 400012,
    meaning: 'The body is not the JSON that the call needs. Send valid UTF-8 JSON of the documented shape.',
  },
  BulkRegistryOperationFailure: {
    number: 400013,
    meaning: 'Some devices of a bulk call were refused, the others are done. The body says which and why; send those again.',
  },
  RequestTimedOut: {
    number: 400024,
    meaning: 'A query found no page in its time; see docs/limits.md. Narrow its condition, if possible to a list of device ids.',
  },
  InvalidDeviceScope: {
    number: 400028,
    meaning: 'A device scope is that of no edge device, or would change one that the hub made. Read deviceScope of the parent.',
  },
  InvalidDigitalTwinJsonPatch: {
    number: 400505,
    meaning: 'The body of a digital twin PATCH is no JSON Patch of add, replace and remove. Correct the operation that the message names.',
  },
  InvalidDigitalTwinPatchPath: {
    number: 400508,
    meaning: 'A path of a digital twin PATCH names nothing that can be written. Use /property, /component or /component/property.',
  },
  GenericUnauthorized: {
    number: 401000,
    meaning: 'No usable credentials came with the request. Send a SAS token, or as a device a certificate.',
  },
  IotHubUnauthorizedAccess: {
    number: 401002,
    meaning:
      'The token or certificate is wrong, expired, made for another host or device, or its policy lacks the permission. Check the connection string and the clock.',
  },
  SystemModuleModifyUnauthorizedAccess: {
    number: 401100,
    meaning: 'The module belongs to the edge runtime, and only the hub makes, changes and removes it. Change the device instead.',
  },
  DeviceModelMaxPropertiesExceeded: {
    number: 403100,
    meaning: 'A twin section would grow past its limit. Remove properties first; see docs/limits.md.',
  },
  DeviceMaximumInflightMethodExceeded: {
    number: 403800,
    meaning: 'Too many direct methods wait for this device. Wait for answers before calling again.',
  },
  GenericNotFound: {
    number: 404000,
    meaning: 'Nothing is served under this path, or there is no policy or index of this name. Compare the path with docs/compatibility.md.',
  },
  DeviceNotFound: { number: 404001, meaning: 'No device with this id is registered. Create it with `twinhub device create ID`.' },
  JobNotFound: {
    number: 404002,
    meaning: 'No job with this id is kept. List the jobs; ended ones are removed after a while, see docs/limits.md.',
  },
  CertificateNotFound: { number: 404008, meaning: 'No CA certificate with this name is there. See them with `twinhub ca list`.' },
  ModuleNotFound: { number: 404010, meaning: 'The device has no module with this id. List its modules, or create this one.' },
  DeviceNotOnline: {
    number: 404103,
    meaning: 'The device is not connected, or listens to no direct methods. Start it, or give connectTimeoutInSeconds.',
  },
  GenericMethodNotAllowed: {
    number: 405000,
    meaning: 'The path exists, but not with this HTTP method. Compare the call with the REST reference.',
  },
  OperationNotAllowedInCurrentState: {
    number: 405102,
    meaning: 'The job is not in a state that allows this. Read the job; one that runs is stopped with `twinhub job cancel ID`.',
  },
  GenericConflict: {
    number: 409000,
    meaning:
      'The policies, CA certificates or indexes of the hub do not allow this: one of the name exists, there are as many as may be, or what the message says.',
  },
  DeviceAlreadyExists: { number: 409001, meaning: 'A device with this id is registered. Send If-Match to update it.' },
  JobAlreadyExists: { number: 409104, meaning: 'A job with this id is kept. Give each job an id of its own.' },
  ModuleAlreadyExistsOnDevice: { number: 409301, meaning: 'The device has a module with this id. Send If-Match to update it.' },
  PreconditionFailed: { number: 412001, meaning: 'The etag in If-Match is not the current one. Read again, then repeat the change.' },
  DeviceMessageLockLost: {
    number: 412002,
    meaning: 'A device completes, rejects or abandons a message that it does not hold. Forget the message.',
  },
  JobRunPreconditionFailed: {
    number: 412003,
    meaning: 'Stands in the record of a device that a job did not reach in its time. Give the job a later end, or connect the device.',
  },
  MessageTooLarge: { number: 413001, meaning: 'The body is larger than this call accepts. See docs/limits.md.' },
  TooManyDevices: { number: 413002, meaning: 'A bulk call names more devices than it may. Send several calls; see docs/limits.md.' },
  TooManyModulesOnDevice: { number: 413003, meaning: 'The device has as many modules as it may. Delete one first; see docs/limits.md.' },
  ThrottlingException: {
    number: 429001,
    meaning: 'Too many sign-ins were refused. Correct the connection string; a good one is never made to wait.',
  },
  ServerError: { number: 500001, meaning: 'A fault in the hub. The log has the stack under the tracking id of the answer.' },
  GenericBadGateway: { number: 502000, meaning: 'The device answered with something that is no valid answer. Look at the device app.' },
  ServiceUnavailable: {
    number: 503001,
    meaning: 'The hub is stopping or its store does not accept writes. Try again; the log names the cause.',
  },
  GatewayTimeout: { number: 504101, meaning: 'The device did not answer within responseTimeoutInSeconds. The method may have run.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** What crosses a thread or a bus in place of a HubError: plain data. */
export type Refusal = { readonly code: ErrorCode; readonly message: string };

/** One result of a batch: the value, or why this one item was refused. Other items of the batch are not affected. */
export type Outcome<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'refused'; readonly refusal: Refusal };

/**
 * An expected refusal. `message` is one sentence for the caller: no inner names, no secrets. It may quote what the caller sent, and is cut
 * at `LIMITS.errorMessageChars`.
 */
export class HubError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message.slice(0, LIMITS.errorMessageChars.value).toWellFormed(), options);
    this.name = 'HubError';
    this.code = code;
  }
}

/** Runs a rule that may refuse and returns its outcome as plain data. Anything but a HubError is a bug and passes through. */
export function outcomeOf<T>(rule: () => T): Outcome<T> {
  try {
    return { kind: 'done', value: rule() };
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { kind: 'refused', refusal: { code: error.code, message: error.message } };
  }
}

/** The value of an outcome. @throws HubError when it was refused. */
export function valueOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'refused') throw new HubError(outcome.refusal.code, outcome.refusal.message);
  return outcome.value;
}

/** States what must be true unless the hub has a bug. @throws Error, which a gateway reports as ServerError with a tracking id. */
export function invariant(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${reason}`);
}
