// Hostile JSON in every body that the hub reads over HTTP, at the limits of its size and beyond.
import { LIMITS } from '../../../src/domain/limits.ts';
import { type Attack, demand } from '../attack.ts';
import type { Chance } from '../chance.ts';
import { API, expectStatus, type HttpAnswer, type HttpRequest } from '../http-answers.ts';
import type { Scene } from '../scene.ts';
import { HOSTILE_JSON, type HostileBody } from './hostile-json.ts';

/** A call that reads a body. `decent` is one that it takes; `statuses` are all those with which it may answer. */
type BodyCall = {
  readonly name: string;
  readonly method: string;
  readonly path: (scene: Scene, chance: Chance) => string;
  readonly decent: string;
  /** Default: that of JSON. */
  readonly contentType?: string;
  readonly maxBytes: number;
  readonly statuses: readonly number[];
  /** Takes away what the call made. */
  readonly undo?: (scene: Scene, path: string) => Promise<void>;
};

const REFUSED = [400, 403, 413];

const BODY_CALLS: readonly BodyCall[] = [
  {
    name: 'PUT of a device',
    method: 'PUT',
    path: (_, chance) => `/devices/made-${chance.hex(12)}`,
    decent: '{"status":"enabled","authentication":{"type":"sas","symmetricKey":{"primaryKey":null,"secondaryKey":null}}}',
    maxBytes: LIMITS.deviceBodyBytes.value,
    statuses: [200],
    undo: remove,
  },
  {
    name: 'PUT of a module',
    method: 'PUT',
    path: (scene, chance) => `/devices/${chance.pick(scene.parts.victims).deviceId}/modules/made-${chance.hex(12)}`,
    decent: '{"managedBy":"us","authentication":{"type":"selfSigned","x509Thumbprint":{"primaryThumbprint":null}}}',
    maxBytes: LIMITS.deviceBodyBytes.value,
    statuses: [200],
    undo: remove,
  },
  {
    name: 'PATCH of a twin',
    method: 'PATCH',
    path: (scene, chance) => `/twins/${chance.pick(scene.parts.victims).deviceId}`,
    decent: '{"tags":{"a":{"b":1}},"properties":{"desired":{"c":[1,"x",{}],"d":null}}}',
    maxBytes: LIMITS.twinBodyBytes.value,
    statuses: [200],
  },
  {
    name: 'PUT of a twin',
    method: 'PUT',
    path: (scene, chance) => `/twins/${chance.pick(scene.parts.victims).deviceId}`,
    decent: '{"tags":{},"properties":{"desired":{"c":{"d":true}}}}',
    maxBytes: LIMITS.twinBodyBytes.value,
    statuses: [200],
  },
  {
    name: 'direct method',
    method: 'POST',
    path: (_, chance) => `/twins/nobody-${chance.hex(12)}/methods`,
    decent: '{"methodName":"m","payload":{"a":1},"responseTimeoutInSeconds":5}',
    maxBytes: LIMITS.methodBodyBytes.value,
    statuses: [404],
  },
  {
    name: 'PATCH of a digital twin',
    method: 'PATCH',
    path: (scene, chance) => `/digitaltwins/${chance.pick(scene.parts.victims).deviceId}`,
    // On a name that no other attack writes, so that it conforms.
    decent:
      '[{"op":"add","path":"/hostile","value":{"on":true,"$metadata":{}}},{"op":"add","path":"/hostile/level","value":1},{"op":"remove","path":"/hostile"}]',
    maxBytes: LIMITS.twinBodyBytes.value,
    statuses: [202],
  },
  {
    name: 'command',
    method: 'POST',
    path: (_, chance) => `/digitaltwins/nobody-${chance.hex(12)}/components/c/commands/m`,
    decent: '{"a":[1,null,{"b":"c"}]}',
    maxBytes: LIMITS.methodBodyBytes.value,
    statuses: [404],
  },
  {
    name: 'direct method of a module',
    method: 'POST',
    path: (scene, chance) => `/twins/${chance.pick(scene.parts.victims).deviceId}/modules/nobody-${chance.hex(12)}/methods`,
    decent: '{"methodName":"m","payload":{"a":1},"responseTimeoutInSeconds":5}',
    maxBytes: LIMITS.methodBodyBytes.value,
    statuses: [404],
  },
  {
    name: 'PATCH of the twin of a module',
    method: 'PATCH',
    path: (scene, chance) => `/twins/${chance.pick(scene.parts.victims).deviceId}/modules/nobody-${chance.hex(12)}`,
    decent: '{"tags":{"a":{"b":1}},"properties":{"desired":{"c":[1,"x",{}],"d":null}}}',
    maxBytes: LIMITS.twinBodyBytes.value,
    statuses: [404],
  },
  {
    name: 'query',
    method: 'POST',
    path: () => '/devices/query',
    decent: `{"query":"SELECT deviceId FROM devices WHERE tags.a = 'b'"}`,
    maxBytes: LIMITS.queryBodyBytes.value,
    statuses: [200],
  },
  {
    name: 'explained query',
    method: 'POST',
    path: () => '/hub/queries/explain',
    decent: `{"query":"SELECT deviceId FROM devices WHERE tags.a = 'b'"}`,
    maxBytes: LIMITS.queryBodyBytes.value,
    statuses: [200],
  },
  {
    name: 'live query',
    method: 'POST',
    path: () => '/hub/queries/live',
    // Of what cannot be followed, since the answer to a good one has no end. With a letter changed it may be one.
    decent: `{"query":"SELECT deviceId FROM devices WHERE connectionState = 'Connected'"}`,
    maxBytes: LIMITS.queryBodyBytes.value,
    statuses: [400, 200],
  },
  {
    name: 'job',
    method: 'PUT',
    path: (_, chance) => `/jobs/v2/made-${chance.hex(12)}`,
    decent: `{"type":"scheduleUpdateTwin","updateTwin":{"etag":"*","tags":{"a":1}},"queryCondition":"deviceId = 'nobody'","maxExecutionTimeInSeconds":1}`,
    maxBytes: LIMITS.jobBodyBytes.value,
    statuses: [200],
  },
  {
    name: 'bulk call',
    method: 'POST',
    path: () => '/devices',
    decent: '[{"id":"nobody","importMode":"updateTwin","tags":{"a":1},"properties":{"desired":{"b":[1]}}}]',
    maxBytes: LIMITS.bulkBodyBytes.value,
    // Its one item is refused, since there is no such device; a list without items is not.
    statuses: [400, 200],
  },
  {
    name: 'batch of messages',
    method: 'POST',
    path: (scene, chance) => `/devices/${chance.pick(scene.parts.victims).deviceId}/messages/events`,
    decent: '[{"body":"aGVsbG8=","properties":{"iothub-app-a":"b"}},{"body":"hello","base64Encoded":false}]',
    contentType: 'application/vnd.microsoft.iothub.json',
    maxBytes: LIMITS.messageBytes.value,
    statuses: [204],
  },
  {
    name: 'PUT of a policy',
    method: 'PUT',
    path: (_, chance) => `/hub/policies/made-${chance.hex(12)}`,
    decent: '{"permissions":["ServiceConnect"],"primaryKey":null,"secondaryKey":null}',
    maxBytes: LIMITS.policyBodyBytes.value,
    statuses: [200],
    undo: remove,
  },
  {
    name: 'rotation of a policy',
    method: 'POST',
    path: (_, chance) => `/hub/policies/nobody-${chance.hex(12)}/rotate`,
    decent: '{"key":"secondary"}',
    maxBytes: LIMITS.policyBodyBytes.value,
    statuses: [404],
  },
  {
    name: 'PUT of a CA certificate',
    method: 'PUT',
    path: (_, chance) => `/hub/certificates/made-${chance.hex(12)}`,
    // The decent body is in the right form, and holds no certificate.
    decent: `{"certificate":"${'MIIB'.repeat(100)}","isVerified":false}`,
    maxBytes: LIMITS.caCertificateBodyBytes.value,
    statuses: [400],
  },
  {
    name: 'verification of a CA certificate',
    method: 'POST',
    path: (_, chance) => `/hub/certificates/nobody-${chance.hex(12)}/verify`,
    decent: `{"certificate":"${'MIIB'.repeat(100)}"}`,
    maxBytes: LIMITS.caCertificateBodyBytes.value,
    statuses: [404],
  },
];

async function remove(scene: Scene, path: string): Promise<void> {
  const answer = await scene.request({ method: 'DELETE', path: `${path}?${API}`, headers: { 'if-match': '*' } });
  expectStatus(answer, 204);
}

async function send(scene: Scene, chance: Chance, sent: { call: BodyCall; body: HostileBody['body'] }): Promise<HttpAnswer> {
  const { call, body } = sent;
  const path = call.path(scene, chance);
  const headers = { 'content-type': call.contentType ?? 'application/json' };
  const request: HttpRequest = { method: call.method, path: `${path}?${API}`, body, headers };
  const answer = await scene.request(request);
  expectStatus(answer, ...call.statuses, ...REFUSED);
  if (answer.status === 200) await call.undo?.(scene, path);
  return answer;
}

function hostileBodies(call: BodyCall): Attack['round'] {
  return async (scene, chance) => {
    for (const { name, body, refused } of chance.some(HOSTILE_JSON, 20)) {
      const { status } = await send(scene, chance, { call, body });
      demand(refused !== true || status === 400 || status === 413, `"${name}" was answered with ${status}`);
    }
    for (let count = 0; count < 10; count += 1) await send(scene, chance, { call, body: chance.mutated(Buffer.from(call.decent)) });
    expectStatus(await send(scene, chance, { call, body: call.decent }), ...call.statuses);
  };
}

function sizes(call: BodyCall): Attack['round'] {
  return async (scene, chance) => {
    const largest = call.decent.padEnd(call.maxBytes, ' ');
    expectStatus(await send(scene, chance, { call, body: largest }), ...call.statuses);
    expectStatus(await send(scene, chance, { call, body: `${largest} ` }), 413);
    expectStatus(await send(scene, chance, { call, body: '['.repeat(call.maxBytes) }), 400);
    expectStatus(await send(scene, chance, { call, body: '"\\u0061'.repeat(call.maxBytes / 8).slice(0, call.maxBytes) }), 400);
  };
}

export const JSON_BODY_ATTACKS: readonly Attack[] = BODY_CALLS.flatMap((call) => [
  { name: `JSON: hostile bodies, ${call.name}`, round: hostileBodies(call) },
  { name: `JSON: the largest body and one byte more, ${call.name}`, round: sizes(call) },
]);
