// What is a device's own: the topics under `devices/{id}/`, and the filters by which it may subscribe (behaviour 7.3).
import type { Subscription } from '../../ports/subscription-store.ts';
import { HUB_PATHS } from './topics.ts';

/** Whether a message on this topic is telemetry of the device: its events topic with any property bag, or with none. */
export function isEventsTopic(topic: string, deviceId: string): boolean {
  const rest = behindDevice(topic, deviceId);
  return rest === EVENTS || rest?.startsWith(`${EVENTS}/`) === true;
}

/**
 * What a device asks for with this filter; `undefined` for one of which nothing could come that the hub sends to this device. Published clients
 * ask for more than the documented filters, `$iothub/methods/#` or `$iothub/twin/#`, or for less, `$iothub/twin/res/200/#`: any of these stands
 * for all of the documented one.
 */
export function subscriptionsOf(filter: string, deviceId: string): readonly Subscription[] | undefined {
  const rest = behindDevice(filter, deviceId);
  return rest === undefined ? underHubPaths(filter) : OWN_FILTERS.get(rest.toLowerCase());
}

const EVENTS = 'messages/events';

/** Behind `devices/{id}/`, in lower case: clients for IoT Central write `deviceBound`, and subscribe to their own events, which nobody sends. */
const OWN_FILTERS: ReadonlyMap<string, readonly Subscription[]> = new Map([
  ['messages/devicebound/#', ['cloudToDevice']],
  ['messages/devicebound/+/', ['cloudToDevice']],
  [`${EVENTS}/#`, []],
]);

/** `undefined` for a topic of another device, and for one that is no device's. The SDK for Python 2.3 percent-encodes ids in topics. */
function behindDevice(topic: string, deviceId: string): string | undefined {
  if (!topic.startsWith(DEVICES)) return undefined;
  const end = topic.indexOf('/', DEVICES.length);
  const id = topic.slice(DEVICES.length, end);
  return end >= 0 && (id === deviceId || id === encodeURIComponent(deviceId)) ? topic.slice(end + 1) : undefined;
}

const DEVICES = 'devices/';

function underHubPaths(filter: string): readonly Subscription[] | undefined {
  const match = /^(\$iothub\/(?:twin|methods)\/[^+#]*)[+#]$/.exec(filter);
  const base = match?.[1];
  if (base === undefined) return undefined;
  // A `+` stands for one level [MQTT-4.7.1-3], which only the topics of desired changes have behind their path.
  if (filter.endsWith('+')) return base === HUB_PATHS.desiredChanges ? ['desiredChanges'] : undefined;
  const asked = SENT.filter((name) => HUB_PATHS[name].startsWith(base) || base.startsWith(HUB_PATHS[name]));
  return base.endsWith('/') && asked.length > 0 ? asked : undefined;
}

const SENT = ['twinResponses', 'desiredChanges', 'methods'] as const;
