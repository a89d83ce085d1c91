// The checks of a hub that should answer: every step that an app takes on its way to it, made for real.
import type { Clock } from '../../ports/clock.ts';
import { SDK_PORTS } from '../find-hub.ts';
import { examineHttps, HTTPS_CHECKS } from './examine-https.ts';
import { type Finding, mendFirst, type Verdict } from './finding.ts';
import { type Door, ownAddresses, resolveName, tryDoor } from './probes/network.ts';
import { askMqtt } from './probes/protocols.ts';
import { lookAtTls, type Place, type TlsSight } from './probes/tls.ts';
import { judgeMqtt } from './rules/hub.ts';
import { type DoorFacts, judgeDoor, judgeHostName, judgeSdkPorts } from './rules/network.ts';
import type { Endpoint, ReachableSubject } from './subject.ts';
import type { Surroundings } from './surroundings.ts';

export async function examineConnection(subject: ReachableSubject, { clock, env }: Surroundings): Promise<readonly Finding[]> {
  const { endpoint } = subject;
  const { hostName } = endpoint;
  const resolved = await resolveName(hostName, clock);
  const tryAll = (port: number): Promise<Doors> =>
    tryDoors({ addresses: resolved.addresses, localAddress: endpoint.localAddress, port }, clock);
  const [https, mqtt] = await Promise.all([tryAll(endpoint.httpsPort), tryAll(endpoint.mqttPort)]);
  const httpsPlace = placeOf(https, hostName);
  const mqttPlace = placeOf(mqtt, hostName);
  const [secure, devices, sdkPorts] = await Promise.all([
    httpsPlace ? examineHttps(subject, httpsPlace, { clock, env }) : HTTPS_CHECKS.map((check) => ({ check, ...mendFirst('https port') })),
    mqttPlace ? examineMqtt(mqttPlace, httpsPlace, clock) : mendFirst('mqtt port'),
    examineSdkPorts(endpoint, httpsPlace, clock),
  ]);
  const here = endpoint.localAddress === undefined ? undefined : { ownAddresses: ownAddresses(), listensAt: endpoint.localAddress };
  return [
    { check: 'host name', ...judgeHostName({ hostName, resolved, here }) },
    { check: 'https port', ...judgeDoor({ ...https, flag: '--https-port', port: endpoint.httpsPort }) },
    { check: 'mqtt port', ...judgeDoor({ ...mqtt, flag: '--mqtt-port', port: endpoint.mqttPort }) },
    { check: 'sdk ports', ...sdkPorts },
    ...secure,
    { check: 'mqtt', ...devices },
  ];
}

type Doors = Pick<DoorFacts, 'named' | 'local'>;
type Addresses = { readonly addresses: readonly string[]; readonly localAddress: string | undefined; readonly port: number };

async function tryDoors({ addresses, localAddress, port }: Addresses, clock: Clock): Promise<Doors> {
  const [named, local] = await Promise.all([
    Promise.all(addresses.map((address) => tryDoor({ address, port }, clock))),
    localAddress === undefined ? undefined : tryDoor({ address: localAddress, port }, clock),
  ]);
  return { named, local };
}

/** Where the name leads, or else where a hub of this machine listens, so that as much as possible is seen at once. */
function placeOf({ named, local }: Doors, hostName: string): Place | undefined {
  const isOpen = ({ fault }: Door): boolean => fault === undefined;
  const open = named.find(isOpen) ?? (local && isOpen(local) ? local : undefined);
  return open && { address: open.address, port: open.port, hostName };
}

/** Whether what answers on the ports that SDKs know is the same hub. */
async function examineSdkPorts({ httpsPort, mqttPort, hostName }: Endpoint, place: Place | undefined, clock: Clock): Promise<Verdict> {
  const { https, mqtt } = SDK_PORTS;
  const endpoint = { httpsPort, mqttPort };
  if (!place) return mendFirst('https port');
  if (httpsPort === https && mqttPort === mqtt) return judgeSdkPorts({ endpoint, leads: { https: true, mqtt: true } });
  const [own, onHttps, onMqtt] = await Promise.all(
    [place, { ...place, port: https }, { ...place, port: mqtt }].map((at) => lookAtTls({ ...at, hostName }, undefined, clock)),
  );
  return judgeSdkPorts({ endpoint, leads: { https: isSameServer(own, onHttps), mqtt: isSameServer(own, onMqtt) } });
}

function isSameServer(one: TlsSight | undefined, other: TlsSight | undefined): boolean {
  return one?.kind === 'certificate' && other?.kind === 'certificate' && one.certificate.fingerprint === other.certificate.fingerprint;
}

async function examineMqtt(place: Place, httpsPlace: Place | undefined, clock: Clock): Promise<Verdict> {
  const [answer, own, other] = await Promise.all([
    askMqtt(place, clock),
    lookAtTls(place, undefined, clock),
    httpsPlace && lookAtTls(httpsPlace, undefined, clock),
  ]);
  return judgeMqtt(answer, own.kind === 'certificate' && other?.kind === 'certificate' && !isSameServer(own, other));
}
