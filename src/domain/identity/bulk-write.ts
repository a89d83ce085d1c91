// One item of a bulk call to the registry as stores apply it: a device, a twin, or both together.
import type { DesiredNotice, TwinChange } from '../twin/twin.ts';
import type { DeviceWrite, DeviceWriteEffect } from './device-write.ts';

type TwinWrite = Extract<TwinChange, { kind: 'patch' | 'replace' }>;

/** `device`: its `twin`, when there is one, is that of the same device and comes second. */
export type BulkWrite =
  | { readonly kind: 'device'; readonly device: DeviceWrite; readonly twin: TwinWrite | undefined }
  | { readonly kind: 'twin'; readonly twin: TwinWrite };

/** `device` is absent when only the twin was written; `notice` is there when desired properties were. */
export type BulkEffect = {
  readonly deviceId: string;
  readonly device: DeviceWriteEffect | undefined;
  readonly notice: DesiredNotice | undefined;
};
