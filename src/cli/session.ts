// What each command begins with: the hub it is for, and how its answer is to be shown.
import type { Command } from 'commander';
import { findHub, type HubOptions } from './find-hub.ts';
import { HubClient } from './hub-client.ts';

export type Session = { readonly hub: HubClient; readonly json: boolean };

/** Options of every command, wherever on the line they stand. */
type CommonOptions = HubOptions & { readonly json?: true };

/** @throws SetupError when no hub can be found. */
export async function openSession(command: Command): Promise<Session> {
  const options = command.optsWithGlobals<CommonOptions>();
  return { hub: new HubClient(await findHub(options, process.env)), json: options.json === true };
}
