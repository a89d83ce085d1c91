// Floor of connections: TLS, CONNECT and CONNACK, SUBSCRIBE and SUBACK, and nothing kept but what Node.js keeps.
import { bareMqtt } from './bare-mqtt.ts';
import { listen } from './bare-servers.ts';

await listen({
  mqtt: bareMqtt(
    () => undefined,
    () => undefined,
  ),
});
