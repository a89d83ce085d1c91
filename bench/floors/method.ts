// Floor of direct methods: a route on Fastify that verifies the token, sends the body to the device over mqtt-packet and waits for its answer.
import { type BareDevice, bareMqtt } from './bare-mqtt.ts';
import { bareHttps, listen, tokenCheck } from './bare-servers.ts';

const devices = new Map<string, BareDevice>();
const waiting = new Map<string, (payload: Buffer | string) => void>();
const isGood = tokenCheck(process.env['BENCH_KEY'] ?? '');
let lastRid = 0;

const https = bareHttps();
https.post<{ Params: { id: string }; Body: { methodName: string; payload: unknown } }>('/twins/:id/methods', async (request, reply) => {
  if (!isGood(request.headers.authorization)) return reply.code(401).send();
  const device = devices.get(request.params.id);
  if (!device) return reply.code(404).send();
  lastRid += 1;
  const rid = lastRid.toString(16);
  const payload = await new Promise<Buffer | string>((resolve) => {
    waiting.set(rid, resolve);
    const topic = `$iothub/methods/POST/${request.body.methodName}/?$rid=${rid}`;
    device.send({ cmd: 'publish', topic, payload: JSON.stringify(request.body.payload), qos: 0, dup: false, retain: false });
  });
  return { status: 200, payload: JSON.parse(payload.toString()) as unknown };
});

const mqtt = bareMqtt(
  (device) => devices.set(device.deviceId, device),
  ({ topic, payload }) => {
    const rid = topic.slice(topic.indexOf('=') + 1);
    waiting.get(rid)?.(payload);
    waiting.delete(rid);
  },
);
await listen({ https, mqtt });
