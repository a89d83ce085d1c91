// Reported updates of connected devices.
import type { ConnectedDevice } from './device.ts';

/** What each of them has reported before: about 1 KB as JSON. */
export const SECTION = JSON.stringify(
  Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`property${index}`, `value-${index}-of-it`])),
);

/** One update of the next device each time. */
export function reporterOf(devices: readonly ConnectedDevice[]): () => Promise<void> {
  let count = 0;
  return async () => {
    count += 1;
    expectDone(await devices[count % devices.length]?.report(`{"level":${count}}`));
  };
}

/** @throws Error when a report was answered with anything but 204. */
export function expectDone(status: number | undefined): void {
  if (status !== 204) throw new Error(`A reported update was answered with ${status}.`);
}
