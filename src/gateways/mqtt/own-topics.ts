// What is a device's or a module's own: the topics that begin with its ids, and the filters by which it may subscribe (behaviour 7.3).
import type { IdentityId } from '../../domain/identity/identity-id.ts';
import type { Subscription } from '../../ports/subscription-store.ts';
import { HUB_PATHS } from './topics.ts';

/** Whether a message on this topic is its telemetry: its events topic with any property bag, or with none. */
export function isEventsTopic(topic: string, identity: IdentityId): boolean {
  const rest = behindIds(topic, identity);
  return rest === EVENTS || rest?.startsWith(`${EVENTS}/`) === true;
}

/**
 * What a device asks for with this filter; `undefined` for one of which nothing could come that the hub sends to this device. Published clients
 * ask for more than the documented filters, `$iothub/methods/#` or `$iothub/twin/#`, or for less, `$iothub/twin/res/200/#`: any of these stands
 * for all of the documented one.
 */
export function subscriptionsOf(filter: string, identity: IdentityId): readonly Subscription[] | undefined {
  const rest = behindIds(filter, identity);
  if (rest === undefined) return underHubPaths(filter);
  return (identity.moduleId === undefined ? DEVICE_FILTERS : MODULE_FILTERS).get(rest.toLowerCase());
}

const EVENTS = 'messages/events';

/** Behind `devices/{id}/`, in lower case: clients for IoT Central write `deviceBound`, and subscribe to their own events, which nobody sends. */
const DEVICE_FILTERS: ReadonlyMap<string, readonly Subscription[]> = new Map([
  ['messages/devicebound/#', ['cloudToDevice']],
  ['messages/devicebound/+/', ['cloudToDevice']],
  [`${EVENTS}/#`, []],
]);

/**
 * Behind `devices/{id}/modules/{id}/`, in lower case: inputs by either name, and what the SDK for Java asks for. Nothing comes on them, since
 * nothing routes messages to modules.
 */
const MODULE_FILTERS: ReadonlyMap<string, readonly Subscription[]> = new Map([
  ['#', []],
  ['inputs/#', []],
  ['messages/devicebound/#', []],
]);

/** The topic without the ids at its beginning; `undefined` for one of another device or module, and for one that is nobody's. */
function behindIds(topic: string, { deviceId, moduleId }: IdentityId): string | undefined {
  const rest = behindId(topic, 'devices/', deviceId);
  return rest === undefined || moduleId === undefined ? rest : behindId(rest, 'modules/', moduleId);
}

/** The SDK for Python 2.3 percent-encodes ids in topics, also what JavaScript would leave as it is. */
function behindId(topic: string, kind: string, id: string): string | undefined {
  if (!topic.startsWith(kind)) return undefined;
  const end = topic.indexOf('/', kind.length);
  const given = topic.slice(kind.length, end);
  return end >= 0 && (given === id || (given.includes('%') && percentDecoded(given) === id)) ? topic.slice(end + 1) : undefined;
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

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
