// The identities of a fleet: finds those that an earlier simulation left, registers the others, and removes them all.
import { Agent } from 'node:https';
import { checkDeviceId } from '../../domain/identity/device-id.ts';
import { LIMITS } from '../../domain/limits.ts';
import { SetupError } from '../../domain/setup-error.ts';
import type { Random } from '../../ports/random.ts';
import { CommandFailure } from '../command-failure.ts';
import { HubClient, segment } from '../hub-client.ts';
import { textAt } from '../output.ts';
import { readPages } from '../read-pages.ts';

/** `key` is base64. */
export type FleetIdentity = { readonly deviceId: string; readonly key: string };

/** The tag that says of a device that it is simulated; its value is the prefix of the fleet. */
const TAG = 'simulator';
/** Enough for the largest fleet, so that ids order as their numbers do. */
const ID_DIGITS = 6;
const CALLS_AT_ONCE = 8;

export class FleetRegistry {
  readonly #hub: HubClient;
  readonly #prefix: string;
  readonly #random: Random;
  /** Those that are registered, as far as `register` knows. */
  readonly #present = new Set<string>();

  /** @throws HubError ArgumentInvalid for a prefix that no device may have, SetupError for one that none may connect with. */
  constructor(hub: HubClient, parts: { readonly prefix: string; readonly random: Random }) {
    checkDeviceId(parts.prefix + '0'.repeat(ID_DIGITS));
    if (/[+#]/.test(parts.prefix)) {
      throw new SetupError('usage', 'A prefix with + or # is good for no device that connects over MQTT. Choose another --prefix.');
    }
    this.#hub = hub;
    this.#prefix = parts.prefix;
    this.#random = parts.random;
  }

  /**
   * The devices of a fleet, registered and ready to connect, in the order of their ids. Devices that are there already keep their keys.
   * @returns fewer when it was interrupted. @throws CommandFailure when one of the ids is that of a device which is not simulated.
   */
  async register(count: number, interrupted: AbortSignal): Promise<readonly FleetIdentity[]> {
    const deviceIds = Array.from({ length: count }, (_, index) => this.#prefix + String(index + 1).padStart(ID_DIGITS, '0'));
    for (const deviceId of await this.#find(deviceIds)) this.#present.add(deviceId);
    const known = [...this.#present];
    const keys = new Map<string, string>();
    await forEachAtOnce(chunksOf(deviceIds.filter((deviceId) => !this.#present.has(deviceId))), async (chunk) => {
      if (interrupted.aborted) return;
      const created = chunk.map((deviceId) => ({ deviceId, key: this.#newKey() }));
      await this.#bulk(created.map((identity) => this.#creation(identity)));
      for (const { deviceId, key } of created) keys.set(deviceId, key);
      for (const { deviceId } of created) this.#present.add(deviceId);
    });
    // A connection for each of so many calls would take long.
    const hub = new HubClient(this.#hub.target, new Agent({ keepAlive: true, maxSockets: CALLS_AT_ONCE }));
    await forEachAtOnce(known, async (deviceId) => {
      if (!interrupted.aborted) keys.set(deviceId, await keyOf(hub, deviceId));
    });
    return deviceIds.flatMap((deviceId) => {
      const key = keys.get(deviceId);
      return key === undefined ? [] : [{ deviceId, key }];
    });
  }

  /** Removes the devices that `register` found or made. @throws CommandFailure when one of them could not be removed; the others are. */
  async remove(): Promise<void> {
    const failures: unknown[] = [];
    await forEachAtOnce(chunksOf([...this.#present]), async (chunk) => {
      await this.#bulk(chunk.map((id) => ({ id, importMode: 'delete' }))).catch((error: unknown) => failures.push(error));
    });
    if (failures.length > 0) throw failures[0];
  }

  /** Those of the ids that devices have. They order as text, so a fleet lies between its first and its last. */
  async #find(deviceIds: readonly string[]): Promise<ReadonlySet<string>> {
    const wanted = new Set(deviceIds);
    const [first = '', last = ''] = [deviceIds[0], deviceIds.at(-1)];
    const query = `SELECT deviceId, tags.${TAG} FROM devices WHERE deviceId >= "${first}" AND deviceId <= "${last}"`;
    const call = { method: 'POST', path: '/devices/query', body: JSON.stringify({ query }) } as const;
    const { items } = await readPages(this.#hub, call, Number.MAX_SAFE_INTEGER);
    const found = items.map((item) => ({ deviceId: textAt(item, 'deviceId'), fleet: textAt(item, TAG) }));
    const known = found.filter(({ deviceId }) => wanted.has(deviceId));
    const stranger = known.find(({ fleet }) => fleet === '');
    if (stranger === undefined) return new Set(known.map(({ deviceId }) => deviceId));
    throw new CommandFailure(`The device '${stranger.deviceId}' is there already and is no simulated one. Choose ids with --prefix.`);
  }

  #creation({ deviceId: id, key: primaryKey }: FleetIdentity): object {
    const authentication = { type: 'sas', symmetricKey: { primaryKey, secondaryKey: this.#newKey() } };
    return { id, importMode: 'create', authentication, tags: { [TAG]: this.#prefix } };
  }

  async #bulk(items: readonly object[]): Promise<void> {
    await this.#hub.send({ method: 'POST', path: '/devices', body: JSON.stringify(items) });
  }

  #newKey(): string {
    return Buffer.from(this.#random.bytes(LIMITS.keyGeneratedBytes.value)).toString('base64');
  }
}

async function keyOf(hub: HubClient, deviceId: string): Promise<string> {
  const { value } = await hub.send({ method: 'GET', path: `/devices/${segment(deviceId)}` });
  return textAt(value, 'authentication', 'symmetricKey', 'primaryKey');
}

function chunksOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const size = LIMITS.bulkDevices.value;
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Begins nothing more after a failure, with which it then rejects. */
async function forEachAtOnce<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values();
  let failed = false;
  const workers = Array.from({ length: CALLS_AT_ONCE }, async () => {
    for (const item of rest) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  });
  const failure = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}
