// What tells whether an identity is as it was when somebody signed in.
import type { Device } from './device.ts';
import type { Module } from './module.ts';

/** A module signs in as part of its device, so a change of either counts. */
export function signInEtag(device: Pick<Device, 'etag'>, module?: Pick<Module, 'etag'>): string {
  return module ? `${device.etag}/${module.etag}` : device.etag;
}
