// A thousand live queries on devices that report without a pause, beside the same reports without live queries.
import { setTimeout as pause } from 'node:timers/promises';
import { connectAll } from '../load/device.ts';
import { deviceIds } from '../load/device-ids.ts';
import type { HubUnderTest } from '../load/hub.ts';
import { openLiveQueries } from '../load/live-watchers.ts';
import { offerAtRate, type RatedLoad } from '../load/offered-load.ts';
import { expectRoomFor } from '../load/open-files.ts';
import { expectDone } from '../load/reports.ts';
import { asset, PATHS } from '../load/twin-content.ts';
import { type StoreName, twinFleet } from '../load/twin-fleet.ts';
import { closeAll, type Lab } from '../lab.ts';
import type { Measurement, Target } from '../measurement.ts';
import { contest, type Readings } from '../rounds.ts';

const LIVE = 1000;
const DEVICES = 1000;
const UPDATES_PER_SECOND = 2000;
/** No temperature that is reported reaches it. */
const HOT = 100;
const SETTLE_MS = 500;
/** Nine of ten: updates of one device that follow closely may be told as one. */
const TOLD_PER_SECOND = 1800;

/** `events`: how many a second have to be told. */
type Kind = { readonly variant: string; readonly text: (index: number) => string; readonly events: Target };

const KINDS: readonly Kind[] = [
  {
    variant: 'each for one device, and shows what it reports',
    text: (index) => `SELECT deviceId, ${PATHS.temperature} FROM devices WHERE ${PATHS.asset} = '${asset(index)}'`,
    events: { kind: 'hubAtLeast', value: TOLD_PER_SECOND },
  },
  {
    variant: 'each for all devices, of which none reaches its threshold',
    text: (index) => `SELECT deviceId, ${PATHS.temperature} FROM devices WHERE ${PATHS.temperature} > ${HOT + index}`,
    events: { kind: 'hubAtMost', value: 0 },
  },
];

export async function benchLiveQueries(lab: Lab, store: StoreName): Promise<readonly Measurement[]> {
  expectRoomFor(DEVICES + LIVE);
  const made = await twinFleet(store, DEVICES);
  if (typeof made === 'string') {
    lab.note(made);
    return [];
  }
  await using fleet = made;
  await using hub = await lab.startHub(fleet.hub);
  const devices = await connectAll(hub.endpoint, deviceIds(DEVICES), hub.deviceToken);
  using connected = closeAll(devices);
  void connected;
  let count = 0;
  const operation = async (): Promise<void> => {
    count += 1;
    // A device reports another temperature each time.
    expectDone(await devices[count % DEVICES]?.report(`{"temperature":${Math.floor(count / DEVICES) % HOT}}`));
  };
  const load = { perSecond: UPDATES_PER_SECOND, operation };
  await offerAtRate(load, pause(lab.warmUpSeconds * 1000));
  const measurements: Measurement[] = [];
  for (const { variant, text, events } of KINDS) {
    const texts = Array.from({ length: LIVE }, (_, index) => text(index));
    measurements.push(
      ...(await contest({
        bench: BENCHES[store],
        variant,
        rounds: lab.rounds,
        hub: () => withLiveQueries(lab, { hub, load, texts }),
        against: { 'without live queries': () => measureLoad(lab, hub, load) },
        targets: {
          'processor cores': [{ kind: 'floorPlus', value: 0.5 }],
          'events/s': [events],
          'p99 ms of an update': [{ kind: 'none' }],
          '% of the offered rate': [{ kind: 'none' }],
        },
      })),
    );
  }
  return measurements;
}

const BENCHES: Readonly<Record<StoreName, string>> = { sqlite: 'live-queries', postgres: 'live-queries-postgres' };

type Watched = { readonly hub: HubUnderTest; readonly load: RatedLoad; readonly texts: readonly string[] };

async function withLiveQueries(lab: Lab, { hub, load, texts }: Watched): Promise<Readings> {
  using watchers = await openLiveQueries(hub.endpoint, hub.serviceToken, texts);
  await offerAtRate(load, pause(SETTLE_MS));
  const before = watchers.events();
  const readings = await measureLoad(lab, hub, load);
  return { ...readings, 'events/s': (watchers.events() - before) / lab.seconds };
}

/** Processor time of the hub alone. */
async function measureLoad(lab: Lab, hub: HubUnderTest, load: RatedLoad): Promise<Readings> {
  const [before, startedAt] = [hub.process.cpuMicros(), performance.now()];
  const { heldPercent, p99Ms } = await offerAtRate(load, pause(lab.seconds * 1000));
  const cores = (hub.process.cpuMicros() - before) / 1000 / (performance.now() - startedAt);
  return { 'processor cores': cores, 'p99 ms of an update': p99Ms, '% of the offered rate': heldPercent };
}
