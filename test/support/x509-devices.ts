// Devices that sign in with certificates, as back ends register them and as apps on the SDK open them.
import azureIotDevice from 'azure-iot-device';
import azureIotDeviceHttp from 'azure-iot-device-http';
import azureIotDeviceMqtt from 'azure-iot-device-mqtt';
import type { Authentication } from '../../src/domain/identity/authentication.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import { parseDeviceSpec } from '../../src/domain/identity/parse-device-spec.ts';
import type { Hub } from '../../src/hub/hub.ts';
import { SOMEONE } from './actors.ts';
import type { Made } from './certificates.ts';
import { type DeviceClient, NO_RETRY } from './sdk.ts';

export const BY_CA: Authentication = { type: 'certificateAuthority' };

export function byThumbprint(primary: string | null, secondary: string | null = null): Authentication {
  return { type: 'selfSigned', thumbprints: { primary, secondary } };
}

/** Creates the device, or changes it. */
export async function registerDevice({ devices }: Hub, deviceId: string, authentication: Authentication): Promise<Device> {
  const spec = { ...parseDeviceSpec(deviceId, {}), authentication };
  const known = await devices.get(deviceId).catch(() => undefined);
  return devices.put(spec, { kind: known ? 'any' : 'none' }, SOMEONE);
}

/** Uploads the CA and vouches for it. */
export async function trustCa({ caCertificates }: Hub, name: string, { der }: Made): Promise<void> {
  await caCertificates.put({ name, der, isVerified: true }, { kind: 'none' }, SOMEONE);
}

export const TRANSPORTS = {
  Mqtt: azureIotDeviceMqtt.Mqtt,
  MqttWs: azureIotDeviceMqtt.MqttWs,
  Http: azureIotDeviceHttp.Http,
} as const;

export type TransportName = keyof typeof TRANSPORTS;

/** An app of the device that shows the certificate with what it sends besides. It tries each operation once. */
export function certificateClient(transport: TransportName, deviceId: string, certificates: readonly Made[]): DeviceClient {
  const client = azureIotDevice.Client.fromConnectionString(`HostName=localhost;DeviceId=${deviceId};x509=true`, TRANSPORTS[transport]);
  client.setRetryPolicy(NO_RETRY);
  // The options count at once; over HTTPS the SDK calls back nobody.
  client.setOptions({ cert: certificates.map(({ certPem }) => certPem).join(''), key: certificates[0]?.keyPem ?? '' }, () => undefined);
  return client;
}
