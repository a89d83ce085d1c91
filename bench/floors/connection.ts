// Floor of connections: TLS, CONNECT and CONNACK, SUBSCRIBE and SUBACK, and nothing kept but what Node.js keeps.
import { bareMqtt, listen } from './bare-servers.ts';

await listen({
  mqtt: bareMqtt(
    () => undefined,
    () => undefined,
  ),
});
