// Looks at the schema of a hub on a PostgreSQL server without changing it, while a hub runs on it or none does.
import { HubError } from '../../domain/errors.ts';
import type { StoreInspection } from '../../ports/store-inspection.ts';
import { Database } from './database.ts';
import type { PostgresPlace } from './driver.ts';
import { MIGRATIONS, readSchemaVersion } from './migrate.ts';

/** @param place `name`: what to call it, without a password. */
export async function inspectPostgresStore(place: PostgresPlace & { readonly name: string }): Promise<StoreInspection> {
  const { name, schema } = place;
  const database = new Database(place);
  try {
    return await database.read(async (reader) => {
      const schemaVersion = await readSchemaVersion(reader, schema);
      if (schemaVersion === 'absent') return { kind: 'absent', path: name };
      const size = await reader.row<{ readonly bytes: number }>(
        `select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint as bytes
         from pg_class
         where relnamespace = $1::regnamespace
         and relkind = 'r'`,
        schema,
      );
      return { kind: 'served', name, bytes: size?.bytes ?? 0, schemaVersion, newestVersion: MIGRATIONS.length };
    });
  } catch (error) {
    if (error instanceof HubError) return { kind: 'unusable', path: name, reason: error.message };
    throw error;
  } finally {
    await database.close();
  }
}
