// The benches by name.
import { benchBulk } from './benches/bulk.ts';
import { benchConnections } from './benches/connections.ts';
import { benchMethodJobs } from './benches/method-job.ts';
import { benchMethods } from './benches/method.ts';
import { benchPeers } from './benches/peers.ts';
import { benchLiveQueries } from './benches/live-queries.ts';
import { benchQueryCompile } from './benches/query-compile.ts';
import { benchQueryIndexes } from './benches/query-index.ts';
import { benchQueryScans } from './benches/query-scan.ts';
import { benchRegisteredFleet } from './benches/registered-fleet.ts';
import { benchReported, benchReportedOnPostgres } from './benches/reported.ts';
import { benchStart } from './benches/start.ts';
import { benchTwinJobs } from './benches/twin-job.ts';
import { benchTwinReads } from './benches/twin-read.ts';
import { runEndurance } from './endurance/run.ts';
import type { Lab } from './lab.ts';
import type { Measurement } from './measurement.ts';

/** `byName`: it runs only when it is asked for. */
type Bench = { readonly about: string; readonly byName?: true; readonly run: (lab: Lab) => Promise<readonly Measurement[]> };

/** In the order in which they run and are reported. */
export const BENCHES: ReadonlyMap<string, Bench> = new Map<string, Bench>([
  ['method', { about: 'direct methods over HTTPS and MQTT', run: benchMethods }],
  ['reported', { about: 'reported updates, acknowledged when durable', run: benchReported }],
  ['twin-read', { about: 'twin reads by REST', run: benchTwinReads }],
  ['connect', { about: 'new TLS connections, and what an idle one holds', run: benchConnections }],
  ['method-job', { about: 'a job: a direct method to 10,000 connected devices', run: benchMethodJobs }],
  ['twin-job', { about: 'a job: a twin update over 1,000,000 devices, and what goes on beside it', run: benchTwinJobs }],
  ['bulk', { about: 'bulk registration of 1,000,000 devices', run: benchBulk }],
  ['start', { about: 'start to ready, and idle memory', run: benchStart }],
  ['peers', { about: 'direct methods beside the round trips of Mosquitto and Aedes', run: benchPeers }],
  ['query-scan', { about: 'queries that look at 1,000,000 twins, on SQLite', run: (lab) => benchQueryScans(lab, 'sqlite') }],
  ['query-scan-postgres', { about: 'queries that look at 1,000,000 twins, on PostgreSQL', run: (lab) => benchQueryScans(lab, 'postgres') }],
  ['query-index', { about: 'queries by an index over 1,000,000 twins, on SQLite', run: (lab) => benchQueryIndexes(lab, 'sqlite') }],
  [
    'query-index-postgres',
    { about: 'queries by an index over 1,000,000 twins, on PostgreSQL', run: (lab) => benchQueryIndexes(lab, 'postgres') },
  ],
  ['query-compile', { about: 'what a query costs that finds a page or less', run: benchQueryCompile }],
  ['registered-fleet', { about: 'memory with 1,000,000 registered devices, of which none is connected', run: benchRegisteredFleet }],
  [
    'live-queries',
    { about: '1,000 live queries beside 2,000 reported updates a second, on SQLite', run: (lab) => benchLiveQueries(lab, 'sqlite') },
  ],
  [
    'live-queries-postgres',
    { about: '1,000 live queries beside 2,000 reported updates a second, on PostgreSQL', run: (lab) => benchLiveQueries(lab, 'postgres') },
  ],
  ['reported-postgres', { about: 'reported updates on PostgreSQL, acknowledged when durable', run: benchReportedOnPostgres }],
  ['endurance', { about: 'ten thousand simulated devices for ten minutes; only when named', run: runEndurance, byName: true }],
]);
