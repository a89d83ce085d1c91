// Limits of direct methods.
import { KIB, type Limit } from './limit.ts';

export const METHOD_LIMITS = {
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
  methodsWaitingToConnect: {
    value: 2000,
    unit: 'calls',
    meaning: 'direct methods that wait for devices to connect, on one node',
    source: 'twinhub: each holds its payload',
  },
} satisfies Record<string, Limit>;
