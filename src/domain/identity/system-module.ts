// The modules of the edge runtime: the hub makes and removes them, and no caller does (live facts, Modules).
import { HubError } from '../errors.ts';

export const SYSTEM_MODULE_IDS: readonly string[] = ['$edgeAgent', '$edgeHub'];

/** Ids that begin so are reserved. */
export function isSystemModule(moduleId: string): boolean {
  return moduleId.startsWith('$');
}

/** What the service answers to a write of its identity or of its twin (seen in Azure/iotedge#1162 and Azure/azure-iot-explorer#574). */
export function systemModuleRefusal(): HubError {
  return new HubError('SystemModuleModifyUnauthorizedAccess', 'Unauthorized to modify reserved module.');
}
