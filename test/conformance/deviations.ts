// Where answers of the hub are not what the published description of the API says, each with its reason; all are in docs/compatibility.md.
import { type Schema, SERVICE_API } from './service-api.ts';

/**
 * `place`: `NAME.property` of a definition, which is replaced or added, or `OPERATION STATUS` of a response. `schema`: what is answered there;
 * a response may have several, by the value of `x-ms-item-type`. `row`: what the row of docs/compatibility.md begins with.
 */
export type Deviation = {
  readonly place: string;
  readonly schema: Schema | { readonly byItemType: Readonly<Record<string, Schema>> };
  /** Of a response, beside those that the description has. */
  readonly headers?: readonly string[];
  readonly reason: string;
  readonly row: string;
};

const ANY: Schema = {};
const TEXT_OR_NULL: Schema = { type: ['string', 'null'] };
const TIME: Schema = { type: 'string', format: 'date-time' };

/** A section of properties in a twin, with what the hub adds to it (behaviour 3.1). */
const SECTION: Schema = {
  type: 'object',
  required: ['$metadata', '$version'],
  properties: {
    $metadata: { type: 'object', required: ['$lastUpdated'], properties: { $lastUpdated: TIME }, additionalProperties: ANY },
    $version: { type: 'integer' },
  },
  additionalProperties: ANY,
};

/** Behaviour 5.3. */
const DEVICE_JOB: Schema = {
  type: 'object',
  required: ['deviceId', 'jobId', 'jobType', 'status', 'createdDateTimeUtc', 'lastUpdatedDateTimeUtc', 'outcome'],
  properties: {
    deviceId: { type: 'string' },
    jobId: { type: 'string' },
    jobType: { type: 'string', enum: ['scheduleDeviceMethod', 'scheduleUpdateTwin'] },
    status: { type: 'string', enum: ['pending', 'scheduled', 'running', 'completed', 'failed', 'canceled'] },
    startTimeUtc: TIME,
    endTimeUtc: TIME,
    createdDateTimeUtc: TIME,
    lastUpdatedDateTimeUtc: TIME,
    outcome: { type: 'object', properties: { deviceMethodResponse: { $ref: '#/definitions/CloudToDeviceMethodResult' } } },
    error: {
      type: 'object',
      required: ['code', 'description'],
      properties: { code: { type: 'string' }, description: { type: 'string' } },
    },
  },
};

const FREE_VALUES = {
  reason: 'The description has `object` for values that apps choose; the service takes and gives any JSON there (behaviour 3.2, 4).',
  row: 'Values that apps choose',
};
const UNSET = {
  reason: 'The description knows no null; identities of the service show one where nothing is set (behaviour 1.3).',
  row: 'What is not set',
};

export const DEVIATIONS: readonly Deviation[] = [
  { place: 'Twin.tags', schema: { type: 'object', additionalProperties: ANY }, ...FREE_VALUES },
  { place: 'TwinProperties.desired', schema: SECTION, ...FREE_VALUES },
  { place: 'TwinProperties.reported', schema: SECTION, ...FREE_VALUES },
  { place: 'CloudToDeviceMethod.payload', schema: ANY, ...FREE_VALUES },
  { place: 'CloudToDeviceMethodResult.payload', schema: ANY, ...FREE_VALUES },
  { place: 'DigitalTwin_InvokeRootLevelCommand 200', schema: ANY, ...FREE_VALUES },
  { place: 'DigitalTwin_InvokeComponentCommand 200', schema: ANY, ...FREE_VALUES },
  {
    place: 'Twin.modelId',
    schema: { type: 'string' },
    reason: 'The description has none; twins of the service show it (behaviour 3.1).',
    row: '`modelId`',
  },
  { place: 'Device.statusReason', schema: TEXT_OR_NULL, ...UNSET },
  { place: 'Module.managedBy', schema: TEXT_OR_NULL, ...UNSET },
  { place: 'SymmetricKey.primaryKey', schema: TEXT_OR_NULL, ...UNSET },
  { place: 'SymmetricKey.secondaryKey', schema: TEXT_OR_NULL, ...UNSET },
  { place: 'X509Thumbprint.primaryThumbprint', schema: TEXT_OR_NULL, ...UNSET },
  { place: 'X509Thumbprint.secondaryThumbprint', schema: TEXT_OR_NULL, ...UNSET },
  {
    place: 'Twin.x509Thumbprint',
    schema: {
      type: 'object',
      required: ['PrimaryThumbprint', 'SecondaryThumbprint'],
      properties: { PrimaryThumbprint: TEXT_OR_NULL, SecondaryThumbprint: TEXT_OR_NULL },
    },
    reason: 'Capitalised in twins, though not in identities, as measured (live facts, Twins).',
    row: 'Thumbprint mirror',
  },
  {
    place: 'JobResponse.updateTwin',
    schema: {
      type: 'object',
      required: ['etag'],
      properties: {
        etag: { type: 'string', const: '*' },
        tags: { type: ['object', 'null'], additionalProperties: ANY },
        properties: { type: 'object', properties: { desired: { type: ['object', 'null'], additionalProperties: ANY } } },
      },
    },
    reason: 'The description has a whole twin; the hub shows the patch as it was asked for, nulls included, and nothing else.',
    row: 'Twin patch of a job',
  },
  {
    place: 'DeviceJobStatistics.canceledCount',
    schema: { type: 'integer', format: 'int32' },
    reason: 'Only on a job that was ended while it ran, which the service cannot do.',
    row: '`deviceJobStatistics`',
  },
  {
    place: 'Query_GetTwins 200',
    schema: {
      byItemType: {
        Twin: { type: 'array', items: { $ref: '#/definitions/Twin' } },
        DeviceJob: { type: 'array', items: DEVICE_JOB },
        Raw: { type: 'array', items: { type: 'object', additionalProperties: ANY } },
      },
    },
    reason: 'The description has twins; a query also finds records of jobs, and columns (behaviour 5.4).',
    row: 'Queries: what is found',
  },
  {
    place: 'Jobs_QueryScheduledJobs 200',
    schema: { byItemType: { JobResponse: { type: 'array', items: { $ref: '#/definitions/JobResponse' } } } },
    headers: ['x-ms-item-type', 'x-ms-continuation'],
    reason: 'The description has an object with items and a token; SDKs expect the array, and the token as a header (contract 2.3).',
    row: 'List of jobs',
  },
];

/** Statuses that the description has and no answer ever has, `OPERATION STATUS`; by row of docs/compatibility.md. */
export const NEVER_GIVEN: Readonly<Record<string, readonly string[]>> = { 'New modules': ['Modules_CreateOrUpdateIdentity 201'] };

/** What the description knows and no answer ever has: `NAME.property`, or `NAME.property=VALUE` of an enumeration; by row of docs/compatibility.md. */
export const NEVER_ANSWERED: Readonly<Record<string, readonly string[]>> = {
  'Bulk calls: error codes': neverOfAnItem(),
  'Bulk calls: twin data': [
    'DeviceRegistryOperationWarning.deviceId',
    'DeviceRegistryOperationWarning.warningCode',
    'DeviceRegistryOperationWarning.warningCode=DeviceRegisteredWithoutTwin',
    'DeviceRegistryOperationWarning.warningStatus',
  ],
  '`connectTimeoutInSeconds` in a method job': ['CloudToDeviceMethod.connectTimeoutInSeconds'],
  'Kinds of jobs': [
    'JobResponse.type=export',
    'JobResponse.type=import',
    'JobResponse.type=backup',
    'JobResponse.type=readDeviceProperties',
    'JobResponse.type=writeDeviceProperties',
    'JobResponse.type=updateDeviceConfiguration',
    'JobResponse.type=rebootDevice',
    'JobResponse.type=factoryResetDevice',
    'JobResponse.type=firmwareUpdate',
    'JobResponse.type=restoreFromBackup',
    'JobResponse.type=failoverDataCopy',
    'JobResponse.status=enqueued',
  ],
};

/** The description has the codes of several services for an item of a bulk call. */
function neverOfAnItem(): readonly string[] {
  const answered = new Set<unknown>([
    'ArgumentInvalid',
    'DeviceAlreadyExists',
    'DeviceModelMaxPropertiesExceeded',
    'DeviceNotFound',
    'InvalidDeviceScope',
    'IotHubUnauthorizedAccess',
    'ModuleAlreadyExistsOnDevice',
    'ModuleNotFound',
    'PreconditionFailed',
    'SystemModuleModifyUnauthorizedAccess',
    'TooManyModulesOnDevice',
  ]);
  const codes = SERVICE_API.definitions['DeviceRegistryOperationError']?.properties?.['errorCode']?.enum ?? [];
  return codes.filter((code) => !answered.has(code)).map((code) => `DeviceRegistryOperationError.errorCode=${String(code)}`);
}
