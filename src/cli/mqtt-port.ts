// The option for the MQTT port of a hub that --connect names: a connection string has no place for it.
import { InvalidArgumentError, Option } from 'commander';

export function mqttPortOption(): Option {
  return new Option('--mqtt-port <PORT>', 'The MQTT port of the hub that --connect names. (default: 8883)').argParser(parseMqttPort);
}

function parseMqttPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError(`'${text}' is no port. Give a number from 1 to 65535.`);
}
