// Topics of the tree `$iothub/…` (behaviour 7.3), parsed and formatted.
import { LIMITS } from '../../domain/limits.ts';

/** What stands in each kind of topic. A number is NaN where a device wrote something that is no integer. */
type TopicFields = {
  getTwin: { readonly rid: string };
  report: { readonly rid: string; readonly version: number | undefined };
  twinResponse: { readonly status: number; readonly rid: string; readonly version: number | undefined };
  desired: { readonly version: number };
  method: { readonly methodName: string; readonly rid: string };
  methodAnswer: { readonly status: number; readonly rid: string };
};

type TopicKind = keyof TopicFields;
type TopicOf<K extends TopicKind> = { readonly kind: K } & TopicFields[K];

export type Topic = { [K in TopicKind]: TopicOf<K> }[TopicKind];

/** A topic as text in parts: `{path}{name}/?$rid={rid}&$version={version}`, each but the path where the kind of topic has it. */
type TopicParts = { readonly name?: string; readonly rid?: string | undefined; readonly version?: string | undefined };

type TopicRow<K extends TopicKind> = {
  readonly path: string;
  readonly named: boolean;
  /** `undefined` when a part is missing. */
  readonly read: (parts: TopicParts) => TopicOf<K> | undefined;
  readonly write: (topic: TopicOf<K>) => TopicParts;
};

/** Method names stand as they are: the domain allows none that would need encoding in a topic (contract 1.3). */
const TOPICS: { readonly [K in TopicKind]: TopicRow<K> } = {
  getTwin: {
    path: '$iothub/twin/GET/',
    named: false,
    read: ({ rid }) => (rid === undefined ? undefined : { kind: 'getTwin', rid }),
    write: ({ rid }) => ({ rid }),
  },
  report: {
    path: '$iothub/twin/PATCH/properties/reported/',
    named: false,
    read: ({ rid, version }) => (rid === undefined ? undefined : { kind: 'report', rid, version: optionalInteger(version) }),
    write: ({ rid, version }) => ({ rid, version: version?.toString() }),
  },
  twinResponse: {
    path: '$iothub/twin/res/',
    named: true,
    read: ({ name, rid, version }) =>
      rid === undefined ? undefined : { kind: 'twinResponse', status: integer(name), rid, version: optionalInteger(version) },
    write: ({ status, rid, version }) => ({ name: status.toString(), rid, version: version?.toString() }),
  },
  desired: {
    path: '$iothub/twin/PATCH/properties/desired/',
    named: false,
    read: ({ version }) => (version === undefined ? undefined : { kind: 'desired', version: integer(version) }),
    write: ({ version }) => ({ version: version.toString() }),
  },
  method: {
    path: '$iothub/methods/POST/',
    named: true,
    read: ({ name, rid }) => (name === undefined || rid === undefined ? undefined : { kind: 'method', methodName: name, rid }),
    write: ({ methodName, rid }) => ({ name: methodName, rid }),
  },
  methodAnswer: {
    path: '$iothub/methods/res/',
    named: true,
    read: ({ name, rid }) => (rid === undefined ? undefined : { kind: 'methodAnswer', status: integer(name), rid }),
    write: ({ status, rid }) => ({ name: status.toString(), rid }),
  },
};

/** The paths under which the hub publishes. */
export const HUB_PATHS = {
  twinResponses: TOPICS.twinResponse.path,
  desiredChanges: TOPICS.desired.path,
  methods: TOPICS.method.path,
} as const;

const ROWS_BY_PATH = new Map(Object.values(TOPICS).map((row) => [row.path, row]));

/** Reads a topic of the `$iothub` tree; `undefined` for any other. `$rid` and `$version` may stand in any order, other fields are ignored. */
export function parseTopic(text: string): Topic | undefined {
  const pathEnd = text.indexOf('/?') + 1;
  if (pathEnd === 0) return undefined;
  const nameStart = text.lastIndexOf('/', pathEnd - 2) + 1;
  const unnamed = ROWS_BY_PATH.get(text.slice(0, pathEnd));
  if (unnamed) return unnamed.named ? undefined : unnamed.read(queryParts(text, pathEnd + 1));
  const named = ROWS_BY_PATH.get(text.slice(0, nameStart));
  if (!named?.named) return undefined;
  return named.read({ ...queryParts(text, pathEnd + 1), name: text.slice(nameStart, pathEnd - 1) });
}

/** Inverse of `parseTopic`. */
export function formatTopic<K extends TopicKind>(topic: TopicOf<K>): string {
  const row: TopicRow<K> = TOPICS[topic.kind];
  const { name, rid, version } = row.write(topic);
  const path = name === undefined ? row.path : `${row.path}${name}/`;
  if (rid === undefined) return `${path}?$version=${version}`;
  return version === undefined ? `${path}?$rid=${rid}` : `${path}?$rid=${rid}&$version=${version}`;
}

function queryParts(text: string, start: number): TopicParts {
  // Nearly every topic has this one field.
  if (text.startsWith(RID, start) && !text.includes('&', start)) return { rid: checkedRid(text.slice(start + RID.length)) };
  let rid: string | undefined;
  let version: string | undefined;
  for (const field of text.slice(start).split('&')) {
    if (field.startsWith(RID)) rid ??= field.slice(RID.length);
    else if (field.startsWith(VERSION)) version ??= field.slice(VERSION.length);
  }
  return { rid: rid === undefined ? undefined : checkedRid(rid), version };
}

const RID = '$rid=';
const VERSION = '$version=';

/** A rid goes back in a topic as it came, so it may hold no wildcard [MQTT-3.3.2-2]. */
function checkedRid(rid: string): string | undefined {
  return rid !== '' && rid.length <= LIMITS.mqttRidChars.value && !rid.includes('+') && !rid.includes('#') ? rid : undefined;
}

function optionalInteger(text: string | undefined): number | undefined {
  return text === undefined ? undefined : integer(text);
}

/** Decimal digits as a number prints them, so `1e3`, `+1` and `007` are NaN. */
function integer(text: string | undefined): number {
  const number = Number(text);
  return Number.isSafeInteger(number) && String(number) === text ? number : Number.NaN;
}
