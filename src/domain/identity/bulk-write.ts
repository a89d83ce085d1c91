// One item of a bulk call to the registry as stores apply it: an identity, a twin, or both together.
import type { DesiredNotice, TwinChange } from '../twin/twin.ts';
import type { DeviceWrite, DeviceWriteEffect } from './device-write.ts';
import type { IdentityId } from './identity-id.ts';
import type { ModuleWrite, ModuleWriteEffect } from './module-write.ts';

type TwinWrite = Extract<TwinChange, { kind: 'patch' | 'replace' }>;

/** The `twin` of a device or module, when there is one, is its own and comes second. */
export type BulkWrite =
  | { readonly kind: 'device'; readonly device: DeviceWrite; readonly twin: TwinWrite | undefined }
  | { readonly kind: 'module'; readonly module: ModuleWrite; readonly twin: TwinWrite | undefined }
  | { readonly kind: 'twin'; readonly twin: TwinWrite };

/** `device` or `module` is there when that was written; `notice` when desired properties were. */
export type BulkEffect = IdentityId & {
  readonly device?: DeviceWriteEffect | undefined;
  readonly module?: ModuleWriteEffect | undefined;
  readonly notice: DesiredNotice | undefined;
};
