// A module as the service API shows it.
import type { JsonObject } from '../json.ts';
import { authenticationDocument } from './authentication-document.ts';
import type { Module } from './module.ts';

/** The identity with its keys (behaviour 1.1 and 1.3). A module has no status (live facts, Modules). */
export function moduleDocument(module: Module): JsonObject {
  return {
    moduleId: module.moduleId,
    managedBy: module.managedBy,
    deviceId: module.deviceId,
    generationId: module.generationId,
    etag: module.etag,
    connectionState: module.connectionState,
    connectionStateUpdatedTime: module.connectionStateUpdatedTime,
    lastActivityTime: module.lastActivityTime,
    cloudToDeviceMessageCount: 0,
    authentication: authenticationDocument(module.authentication),
  };
}
