// The topics of the service as a device sees them (contract 1.3): what it subscribes to, what it sends, what it reads.

export const SUBSCRIPTIONS = ['$iothub/methods/POST/#', '$iothub/twin/res/#', '$iothub/twin/PATCH/properties/desired/#'] as const;

const METHOD = '$iothub/methods/POST/';
const TWIN_ANSWER = '$iothub/twin/res/';
const DESIRED = '$iothub/twin/PATCH/properties/desired/?$version=';

export type HubTopic =
  | { readonly kind: 'method'; readonly rid: string }
  | { readonly kind: 'twinAnswer'; readonly status: number; readonly rid: string }
  | { readonly kind: 'desired'; readonly version: number };

/** `undefined` for what no hub sends to a device of these subscriptions. */
export function readTopic(topic: string): HubTopic | undefined {
  if (topic.startsWith(METHOD)) {
    const rid = ridOf(topic);
    return rid === undefined ? undefined : { kind: 'method', rid };
  }
  if (topic.startsWith(TWIN_ANSWER)) {
    const rid = ridOf(topic);
    const status = Number(topic.slice(TWIN_ANSWER.length, topic.indexOf('/', TWIN_ANSWER.length)));
    return rid === undefined || !Number.isInteger(status) ? undefined : { kind: 'twinAnswer', status, rid };
  }
  if (!topic.startsWith(DESIRED)) return undefined;
  const version = Number(topic.slice(DESIRED.length));
  return Number.isSafeInteger(version) && version > 0 ? { kind: 'desired', version } : undefined;
}

export function methodAnswerTopic(status: number, rid: string): string {
  return `$iothub/methods/res/${status}/?$rid=${rid}`;
}

export function getTwinTopic(rid: string): string {
  return `$iothub/twin/GET/?$rid=${rid}`;
}

export function reportTopic(rid: string): string {
  return `$iothub/twin/PATCH/properties/reported/?$rid=${rid}`;
}

const RID = '?$rid=';

function ridOf(topic: string): string | undefined {
  const start = topic.indexOf(RID);
  if (start < 0) return undefined;
  const end = topic.indexOf('&', start);
  const rid = topic.slice(start + RID.length, end < 0 ? undefined : end);
  return rid === '' ? undefined : rid;
}
