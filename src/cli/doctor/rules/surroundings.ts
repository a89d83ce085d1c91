// Judges what apps find around them: Node.js, the environment of this shell, and the SDKs in the current folder.
import { failed, ok, skipped, type Verdict, warning } from '../finding.ts';
import type { InstalledPackage } from '../probes/machine.ts';

/** As package.json and the installed command say. */
export const NODE_MIN_MAJOR = 24;

/** The packages that the tests of twinhub run, see docs/compatibility.md. */
export const KNOWN_SDKS: Readonly<Record<string, string>> = {
  'azure-iot-device': '1.18.4',
  'azure-iot-device-http': '1.14.4',
  'azure-iot-device-mqtt': '1.16.4',
  'azure-iothub': '1.16.6',
};

/** Transports for which the hub has no gateway. */
export const UNSERVED_TRANSPORTS: readonly string[] = ['azure-iot-device-amqp'];

/** @param version such as 24.1.0. */
export function judgeNode(version: string): Verdict {
  if (Number(version.split('.')[0]) >= NODE_MIN_MAJOR) return ok(`Node.js ${version} runs this command.`);
  return failed(`This is Node.js ${version}.`, `Run twinhub with Node.js ${NODE_MIN_MAJOR} or newer; apps may stay on theirs.`);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Contract 0.10: what looks like a way around certificates is none for devices. */
export function judgeTlsSwitch(env: Environment): Verdict {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return ok('Certificates are checked in this shell.');
  return warning(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: back ends accept any server, and devices fail nevertheless.',
    'Unset it, and set NODE_EXTRA_CA_CERTS.',
  );
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

/** Values are not repeated: URLs of proxies hold passwords. */
export function judgeProxy(env: Environment, hostName: string): Verdict {
  const set = PROXY_VARIABLES.filter((name) => (env[name] ?? '') !== '');
  if (set.length === 0) return ok('No proxy is set in this shell.');
  const names = set.join(' and ');
  const [noProxy = ''] = [env['NO_PROXY'], env['no_proxy']].filter((value) => (value ?? '') !== '');
  if (isExempt(hostName, noProxy)) return ok(`${names} is set, and NO_PROXY exempts ${hostName}.`);
  return warning(
    `${names} is set, and NO_PROXY does not name ${hostName}: SDKs that heed it (Python, .NET, Node.js with NODE_USE_ENV_PROXY) ask the proxy for the hub.`,
    `Add ${hostName} to NO_PROXY.`,
  );
}

function isExempt(hostNameAsGiven: string, noProxy: string): boolean {
  const hostName = hostNameAsGiven.toLowerCase();
  return noProxy.split(/[\s,]+/).some((entry) => {
    const name = entry
      .toLowerCase()
      .replace(/^\*?\./, '')
      .replace(/:\d+$/, '');
    return name === '*' || (name !== '' && (hostName === name || hostName.endsWith(`.${name}`)));
  });
}

/** @param installed those of KNOWN_SDKS and UNSERVED_TRANSPORTS that an app in the folder would get. */
export function judgeSdks(installed: readonly InstalledPackage[], folder: string): Verdict {
  if (installed.length === 0) {
    return skipped(`An app in ${folder} finds no Azure IoT SDK for Node.js.`, 'Run this in the folder of your app to check its SDKs.');
  }
  const seen = `${installed.map(({ name, version }) => `${name} ${version}`).join(', ')}.`;
  const unserved = installed.filter(({ name }) => UNSERVED_TRANSPORTS.includes(name)).map(({ name }) => name);
  const hasOther = installed.some(({ name }) => name === 'azure-iot-device-mqtt' || name === 'azure-iot-device-http');
  if (unserved.length > 0 && !hasOther) {
    return failed(`${seen} Devices cannot connect by ${unserved.join(' or ')}.`, 'Use Mqtt of azure-iot-device-mqtt in the device app.');
  }
  const unknown = installed.filter(({ name, version }) => KNOWN_SDKS[name] !== undefined && KNOWN_SDKS[name] !== version);
  if (unknown.length === 0) return ok(seen);
  const known = unknown.map(({ name }) => `${name} ${KNOWN_SDKS[name]}`).join(', ');
  return warning(`${seen} twinhub is tested with ${known}.`, 'Nothing, as long as the app works; else try with the tested versions.');
}
