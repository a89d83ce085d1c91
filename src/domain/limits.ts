// Every limit of the hub with its unit in the name and its source; docs/limits.md is generated from this table.

type Limit = { readonly value: number; readonly unit: string; readonly meaning: string; readonly source: string };

const KIB = 1024;

const table = {
  deviceIdChars: { value: 128, unit: 'characters', meaning: 'longest device id', source: 'behaviour 1.2' },
  statusReasonChars: { value: 128, unit: 'characters', meaning: 'longest statusReason', source: 'behaviour 1.1' },
  keyMinBytes: { value: 16, unit: 'bytes', meaning: 'shortest symmetric key, decoded', source: 'live facts, Identity' },
  keyMaxBytes: { value: 64, unit: 'bytes', meaning: 'longest symmetric key, decoded', source: 'live facts, Identity' },
  keyGeneratedBytes: { value: 32, unit: 'bytes', meaning: 'length of a generated symmetric key', source: 'behaviour 1.3' },
  deviceListMax: { value: 1000, unit: 'devices', meaning: 'devices in one answer of GET /devices', source: 'behaviour 1.5' },
  tagsBytes: { value: 8 * KIB, unit: 'bytes', meaning: 'size of the tags section', source: 'behaviour 3.2' },
  propertiesBytes: { value: 32 * KIB, unit: 'bytes', meaning: 'size of desired and of reported properties', source: 'behaviour 3.2' },
  twinSectionWeight: {
    value: 128 * KIB,
    unit: '',
    meaning: 'characters, keys and values of a twin section: bounds what the size in bytes does not count, such as control characters',
    source: 'twinhub',
  },
  twinStringBytes: { value: 4 * KIB, unit: 'bytes', meaning: 'longest string value in a twin, UTF-8', source: 'behaviour 3.2' },
  twinKeyBytes: { value: KIB, unit: 'bytes', meaning: 'longest key in a twin, UTF-8', source: 'behaviour 3.2' },
  twinDepth: { value: 10, unit: 'levels', meaning: 'nested objects and arrays below a twin section', source: 'behaviour 3.2' },
  twinIntegerMax: {
    value: 2 ** 52 - 1,
    unit: '',
    meaning: 'largest integer in a twin (smallest: minus this, minus 1)',
    source: 'behaviour 3.2',
  },
  twinBodyBytes: {
    value: 512 * KIB,
    unit: 'bytes',
    meaning: 'body of a twin PATCH or PUT',
    source: 'twinhub: sections and whole twins sent back, with metadata',
  },
  deviceBodyBytes: { value: 32 * KIB, unit: 'bytes', meaning: 'body of a device PUT', source: 'twinhub' },
  jsonDepth: { value: 64, unit: 'levels', meaning: 'nesting of any JSON the hub reads', source: 'twinhub: protects the stack' },
  methodNameChars: { value: 100, unit: 'characters', meaning: 'longest direct method name', source: 'behaviour 4' },
  methodPayloadBytes: { value: 128 * KIB, unit: 'bytes', meaning: 'direct method payload, either way', source: 'behaviour 4' },
  methodBodyBytes: { value: 160 * KIB, unit: 'bytes', meaning: 'body of a direct method call around its payload', source: 'twinhub' },
  methodResponseTimeoutMinSeconds: { value: 5, unit: 'seconds', meaning: 'shortest responseTimeoutInSeconds', source: 'behaviour 4' },
  methodResponseTimeoutMaxSeconds: { value: 300, unit: 'seconds', meaning: 'longest responseTimeoutInSeconds', source: 'behaviour 4' },
  methodResponseTimeoutDefaultSeconds: {
    value: 30,
    unit: 'seconds',
    meaning: 'responseTimeoutInSeconds when absent',
    source: 'behaviour 4',
  },
  methodConnectTimeoutMaxSeconds: { value: 300, unit: 'seconds', meaning: 'longest connectTimeoutInSeconds', source: 'behaviour 4' },
  methodsInFlightPerDevice: {
    value: 100,
    unit: 'calls',
    meaning: 'direct methods that wait for one device',
    source: 'twinhub: the service does not publish its number',
  },
  mqttPacketBytes: { value: 256 * KIB, unit: 'bytes', meaning: 'largest MQTT packet', source: 'behaviour 7.1' },
  mqttKeepAliveMaxSeconds: {
    value: 1177,
    unit: 'seconds',
    meaning: 'longest keep-alive a client gets, also when it asks for none',
    source: 'behaviour 7.1',
  },
  mqttConnectSeconds: { value: 30, unit: 'seconds', meaning: 'time from TCP accept to CONNACK', source: 'twinhub' },
  mqttRequestsInFlight: { value: 100, unit: 'requests', meaning: 'unanswered twin requests of one connection', source: 'twinhub' },
  mqttWriteBufferBytes: {
    value: 4 * KIB * KIB,
    unit: 'bytes',
    meaning: 'bytes a device may leave unread before it is disconnected',
    source: 'twinhub',
  },
  mqttRidChars: { value: 256, unit: 'characters', meaning: 'longest $rid of a twin request', source: 'twinhub' },
  httpHeaderBytes: { value: 16 * KIB, unit: 'bytes', meaning: 'all headers of one request', source: 'twinhub' },
  httpKeepAliveSeconds: {
    value: 120,
    unit: 'seconds',
    meaning: 'idle time before a kept-alive HTTP connection is closed',
    source: 'contract 2.1: above 60 s',
  },
  httpRequestSeconds: { value: 60, unit: 'seconds', meaning: 'time for a whole HTTP request to arrive', source: 'twinhub' },
  batchItems: { value: 500, unit: 'items', meaning: 'writes in one group commit', source: 'twinhub: performance reference, section 2' },
  batchQueueItems: {
    value: 100_000,
    unit: 'items',
    meaning: 'writes that wait for a group commit before new ones are refused',
    source: 'twinhub',
  },
  changeFeedRetentionSeconds: {
    value: 7 * 24 * 3600,
    unit: 'seconds',
    meaning: 'age after which changes leave the change feed',
    source: 'twinhub',
  },
  changeFeedTrimItems: { value: 5000, unit: 'items', meaning: 'changes removed between two group commits', source: 'twinhub' },
  housekeepingSeconds: { value: 30, unit: 'seconds', meaning: 'pause between two runs of housekeeping', source: 'twinhub' },
  serverCertificateDays: {
    value: 397,
    unit: 'days',
    meaning: 'life of the server certificate that the hub makes',
    source: 'CA/Browser Forum, baseline requirements',
  },
  serverCertificateRenewDays: {
    value: 30,
    unit: 'days',
    meaning: 'remaining life at which the server certificate is renewed',
    source: 'twinhub',
  },
  caCertificateDays: { value: 3650, unit: 'days', meaning: 'life of the local CA', source: 'twinhub' },
  readinessSeconds: {
    value: 1,
    unit: 'seconds',
    meaning: 'age up to which an answer of GET /hub/health/ready is given again',
    source: 'twinhub',
  },
  shutdownSeconds: { value: 10, unit: 'seconds', meaning: 'time for requests under way to end when the hub stops', source: 'twinhub' },
  sasTokenChars: {
    value: 4096,
    unit: 'characters',
    meaning: 'longest SAS token',
    source: 'twinhub: far above the longest device id, percent-encoded',
  },
  connectionStringChars: { value: 4096, unit: 'characters', meaning: 'longest connection string', source: 'twinhub' },
  errorMessageChars: { value: 1024, unit: 'characters', meaning: 'longest text of an error, cut there', source: 'twinhub' },
} satisfies Record<string, Limit>;

/** The limits as a table for docs and the hub alike. Nothing in the hub is unlimited. */
export const LIMITS: Readonly<Record<keyof typeof table, Limit>> = table;
