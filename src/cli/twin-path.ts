// Where the API has the twin of a device or module, and its direct methods below.
import { Option, type Command } from 'commander';
import type { IdentityId } from '../domain/identity/identity-id.ts';
import { segment } from './hub-client.ts';

export type ModuleOption = { readonly module?: string };

export function withModuleOption(command: Command): Command {
  return command.addOption(new Option('--module <id>', 'The module of the device that is meant.'));
}

/** @throws SetupError of kind usage for an empty id. */
export function twinPath({ deviceId, moduleId }: IdentityId): string {
  const path = `/twins/${segment(deviceId)}`;
  return moduleId === undefined ? path : `${path}/modules/${segment(moduleId)}`;
}
