// Every attack, in the order in which rounds go through them.
import type { Attack } from '../attack.ts';
import { CERTIFICATE_ATTACKS } from './certificates.ts';
import { HTTP_BYTE_ATTACKS } from './http-bytes.ts';
import { HTTP_SLOW_ATTACKS } from './http-slow.ts';
import { JSON_BODY_ATTACKS } from './json-bodies.ts';
import { MODULE_NAME_ATTACKS } from './module-names.ts';
import { MQTT_BYTE_ATTACKS } from './mqtt-bytes.ts';
import { MQTT_CROWD_ATTACKS } from './mqtt-crowds.ts';
import { MQTT_REQUEST_ATTACKS } from './mqtt-requests.ts';
import { QUERY_AND_NAME_ATTACKS } from './queries-and-names.ts';
import { TOKEN_ATTACKS } from './tokens.ts';
import { WEB_SOCKET_ATTACKS } from './web-sockets.ts';

export const ATTACKS: readonly Attack[] = [
  ...MQTT_BYTE_ATTACKS,
  ...MQTT_REQUEST_ATTACKS,
  ...MQTT_CROWD_ATTACKS,
  ...HTTP_BYTE_ATTACKS,
  ...HTTP_SLOW_ATTACKS,
  ...WEB_SOCKET_ATTACKS,
  ...JSON_BODY_ATTACKS,
  ...TOKEN_ATTACKS,
  ...CERTIFICATE_ATTACKS,
  ...QUERY_AND_NAME_ATTACKS,
  ...MODULE_NAME_ATTACKS,
];
