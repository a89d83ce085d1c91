// A device that costs little: it answers direct methods and waits for the acknowledgements of its reports.
import { methodAnswerTopic, readTopic, reportTopic } from '../../src/simulator/device-topics.ts';
import type { OpenLine } from '../../src/simulator/line.ts';
import { createTlsLines } from '../../src/simulator/tls-line.ts';
import type { Endpoint } from './endpoint.ts';
import { forEach } from './flow.ts';
import { MqttClient } from './mqtt-client.ts';

export type ConnectedDevice = Disposable & {
  /** Resolves with the status when the report is acknowledged. @param body JSON. */
  readonly report: (body: string) => Promise<number>;
};

const FILTERS = ['$iothub/methods/POST/#', '$iothub/twin/res/#'];
/** Handshakes under way at once. */
const HANDSHAKES = 8;

/** @param token makes the password of each device. @throws Error when one is not let in. */
export async function connectAll(endpoint: Endpoint, ids: readonly string[], token: () => string): Promise<readonly ConnectedDevice[]> {
  const { hostName } = endpoint;
  const openLine = mqttLines(endpoint);
  const devices: ConnectedDevice[] = [];
  await forEach(ids, HANDSHAKES, async (deviceId) => {
    devices.push(await connectDevice({ hostName, deviceId, token: token(), openLine }));
  });
  return devices;
}

/** Each of them makes a whole handshake. */
export function mqttLines({ hostName, mqttPort, caPem }: Endpoint): OpenLine {
  return createTlsLines({ address: '127.0.0.1', port: mqttPort, hostName, caPem, resume: false });
}

type DeviceParts = { readonly hostName: string; readonly deviceId: string; readonly token: string; readonly openLine: OpenLine };

async function connectDevice({ hostName, deviceId, token, openLine }: DeviceParts): Promise<ConnectedDevice> {
  const reports = new Map<string, (status: number) => void>();
  let lastRid = 0;
  const client = new MqttClient({
    openLine,
    clientId: deviceId,
    userName: `${hostName}/${deviceId}/?api-version=2021-04-12`,
    password: token,
    filters: FILTERS,
    onMessage(topic, payload) {
      const about = readTopic(topic);
      if (about?.kind === 'method') client.publish(methodAnswerTopic(200, about.rid), payload);
      if (about?.kind !== 'twinAnswer') return;
      reports.get(about.rid)?.(about.status);
      reports.delete(about.rid);
    },
  });
  await client.ready;
  return {
    report(body) {
      lastRid += 1;
      const rid = String(lastRid);
      return new Promise((resolve) => {
        reports.set(rid, resolve);
        client.publish(reportTopic(rid), Buffer.from(body));
      });
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
