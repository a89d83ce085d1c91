// A row of the table of twins, and the twin it stands for.
import { type JsonObject, parseOwnJson } from '../../domain/json.ts';
import type { Twin, TwinSection } from '../../domain/twin/twin.ts';

/** Sections are JSON text. */
export type ReportedRow = { readonly reported: string; readonly reported_metadata: string; readonly reported_version: number };

export type TwinRow = ReportedRow & {
  readonly device_id: string;
  readonly etag_counter: number;
  readonly version: number;
  readonly tags: string;
  readonly desired: string;
  readonly desired_metadata: string;
  readonly desired_version: number;
};

export const REPORTED_COLUMNS = `json(reported) as reported, json(reported_metadata) as reported_metadata, reported_version`;

export const TWIN_COLUMNS = `device_id, etag_counter, version, json(tags) as tags, json(desired) as desired,
  json(desired_metadata) as desired_metadata, desired_version, ${REPORTED_COLUMNS}`;

export function toTwin(row: TwinRow): Twin {
  return {
    deviceId: row.device_id,
    etagCounter: row.etag_counter,
    version: row.version,
    tags: parseObject(row.tags),
    desired: { properties: parseObject(row.desired), metadata: parseObject(row.desired_metadata), version: row.desired_version },
    reported: toReported(row),
  };
}

export function toReported(row: ReportedRow): TwinSection {
  return { properties: parseObject(row.reported), metadata: parseObject(row.reported_metadata), version: row.reported_version };
}

function parseObject(text: string): JsonObject {
  // The columns of sections hold nothing but objects.
  return parseOwnJson(text) as JsonObject;
}
