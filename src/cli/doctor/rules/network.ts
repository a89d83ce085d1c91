// Judges names and ports: whether apps that know a name and two ports get to the hub by them.
import { isIP } from 'node:net';
import { failed, ok, skipped, type Verdict, warning } from '../finding.ts';
import type { Bindable, Door, ResolvedName } from '../probes/network.ts';
import type { Endpoint } from '../subject.ts';
import { SDK_PORTS } from '../../find-hub.ts';

type NameFacts = {
  readonly hostName: string;
  readonly resolved: ResolvedName;
  /** Of this machine, and the one of them where the hub listens; `undefined` when the hub may be elsewhere. */
  readonly here: { readonly ownAddresses: readonly string[]; readonly listensAt: string } | undefined;
};

export function judgeHostName({ hostName, resolved, here }: NameFacts): Verdict {
  const seen = isIP(hostName) === 0 ? `${hostName} leads to ${resolved.addresses.join(', ')}.` : `${hostName} is an address.`;
  if (resolved.fault !== undefined) {
    return failed(
      `${hostName}, the host name in connection strings, leads nowhere (${resolved.fault}).`,
      here === undefined
        ? `Correct HostName, or name ${hostName} in DNS or in the hosts file (/etc/hosts).`
        : `Add the line \`${here.listensAt} ${hostName}\` to the hosts file (/etc/hosts), name it in DNS, or start the hub with --hostname localhost.`,
    );
  }
  if (here === undefined || resolved.addresses.some((address) => isOwn(address, here.ownAddresses))) return ok(seen);
  return warning(
    `${seen.slice(0, -1)}, which is not this machine.`,
    `Unless something forwards from there to the hub, correct DNS or the line of ${hostName} in the hosts file (/etc/hosts).`,
  );
}

/** All of 127.0.0.0/8 leads back to the machine [RFC 1122, section 3.2.1.3]. */
function isOwn(address: string, ownAddresses: readonly string[]): boolean {
  return address.startsWith('127.') || ownAddresses.includes(address);
}

export type DoorFacts = {
  readonly flag: '--https-port' | '--mqtt-port';
  readonly port: number;
  /** What the name leads to, in the order in which clients try. */
  readonly named: readonly Door[];
  /** Where a hub of this machine listens, whatever the name says. */
  readonly local: Door | undefined;
};

/** Whether a port of a hub that should run can be reached. */
export function judgeDoor({ flag, port, named, local }: DoorFacts): Verdict {
  const [first] = named;
  const open = named.find(({ fault }) => fault === undefined);
  if (first && first === open) return ok(`${where(first)} accepts connections.`);
  if (first && open) {
    return warning(
      `${where(open)} accepts connections, but ${where(first)}, which the name leads to first, does not (${first.fault}).`,
      'Let the hub listen on all addresses, without --bind: older apps try the first address only.',
    );
  }
  if (local && local.fault === undefined) {
    const seen = `The hub listens at ${where(local)}`;
    if (!first) return skipped(`${seen}; the name that apps use leads nowhere.`, "Mend 'host name' first.");
    return failed(
      `${seen}, but at ${where(first)}, where the name leads, nobody answers (${first.fault}).`,
      'Correct DNS or the hosts file, or start the hub with another --bind.',
    );
  }
  const tried = first ?? local;
  if (!tried) return skipped(`Port ${port} cannot be tried without an address.`, 'Mend the host name first.');
  if (tried.fault === 'ECONNREFUSED') {
    return failed(
      `Nothing listens at ${where(tried)}.`,
      `Start the hub, or correct the port: the hub's first line of output names it, and ${flag} sets it.`,
    );
  }
  return failed(`${where(tried)} cannot be reached (${tried.fault}).`, 'Look for a firewall between here and there, and at the address.');
}

/** Whether a hub could listen on a port. */
export function judgeBindable({ port, fault, answered }: Bindable): Verdict {
  if (fault === undefined) return ok(`Port ${port} is free for a hub.`);
  if (fault === 'EADDRINUSE' || answered) {
    return failed(
      `Port ${port} is taken by another program.`,
      `Find that program with \`sudo lsof -nP -iTCP:${port} -sTCP:LISTEN\` and stop it, or start the hub with other ports.`,
    );
  }
  if (fault === 'EACCES') {
    return failed(
      `You may not listen on port ${port}, and without that right nobody can see whether it is free.`,
      'Allow low ports (docs/operations.md, Ports), or start the hub with --https-port 8443 --mqtt-port 18883 and apps with `twinhub exec`.',
    );
  }
  if (fault === 'EADDRNOTAVAIL') return failed('This machine does not have the address to listen on.', 'Correct --bind.');
  return failed(`Port ${port} cannot be listened on (${fault}).`, 'Choose another port.');
}

/** `leads`: whether the standard port of that kind leads to the same hub. */
export type SdkPortFacts = {
  readonly endpoint: Pick<Endpoint, 'httpsPort' | 'mqttPort'>;
  readonly leads: { readonly https: boolean; readonly mqtt: boolean };
};

/** The SDKs know two ports and cannot be told others (contract 0.1). */
export function judgeSdkPorts({ endpoint, leads }: SdkPortFacts): Verdict {
  const { https, mqtt } = SDK_PORTS;
  if (leads.https && leads.mqtt) return ok(`Apps reach the hub on ${https} and ${mqtt}, the ports that the SDKs know.`);
  return warning(
    `The SDKs connect to ${https} and ${mqtt} only, and the hub is on ${endpoint.httpsPort} and ${endpoint.mqttPort}.`,
    'Start Node.js apps with `twinhub exec -- node app.js`; docs/operations.md, Ports, has the ways for others.',
  );
}

function where({ address, port }: Door): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
