// What the network says of a name and of a port: addresses, whether somebody listens there, and whether a hub could.
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Clock } from '../../../ports/clock.ts';
import { codeOf } from '../../connection-fault.ts';
import { withDeadline } from './deadline.ts';

/** `fault`: the code of the system, such as ENOTFOUND; `addresses` is empty then. In the order in which clients try them. */
export type ResolvedName = { readonly addresses: readonly string[]; readonly fault: string | undefined };

/** A port at one address; `fault` is absent when it accepts connections. */
export type Door = { readonly address: string; readonly port: number; readonly fault: string | undefined };

/** Whether a hub could listen: `answered` where another program lets nobody else, or where that cannot be known but it answers. */
export type Bindable = { readonly port: number; readonly fault: string | undefined; readonly answered: boolean };

/** A name with more addresses is not one of a hub. */
const ADDRESSES_MAX = 8;

export async function resolveName(hostName: string, clock: Clock): Promise<ResolvedName> {
  try {
    const found = await withDeadline(clock, () => lookup(hostName, { all: true }));
    return { addresses: found.slice(0, ADDRESSES_MAX).map(({ address }) => address), fault: undefined };
  } catch (error) {
    return { addresses: [], fault: faultOf(error) };
  }
}

/** Every address at which this machine can be reached. */
export function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

export async function tryDoor({ address, port }: Pick<Door, 'address' | 'port'>, clock: Clock): Promise<Door> {
  const socket = connect({ host: address, port });
  try {
    await withDeadline(clock, (signal) => once(socket, 'connect', { signal }));
    return { address, port, fault: undefined };
  } catch (error) {
    return { address, port, fault: faultOf(error) };
  } finally {
    socket.destroy();
  }
}

/** Listens on the port for a moment. @param bindAddress absent for all addresses. */
export async function tryToListen(port: number, bindAddress: string | undefined, clock: Clock): Promise<Bindable> {
  const server = createServer((socket) => socket.destroy());
  try {
    await once(server.listen({ port, host: bindAddress }), 'listening');
    return { port, fault: undefined, answered: false };
  } catch (error) {
    const { fault } = await tryDoor({ address: bindAddress ?? '127.0.0.1', port }, clock);
    return { port, fault: faultOf(error), answered: fault === undefined };
  } finally {
    server.close();
  }
}

/** The code of the system or of Node.js for what went wrong. */
export function faultOf(error: unknown): string {
  return codeOf(error) ?? (error instanceof Error ? error.message : String(error));
}
