// The benches by name.
import { benchBulk } from './benches/bulk.ts';
import { benchConnections } from './benches/connections.ts';
import { benchMethodJobs } from './benches/method-job.ts';
import { benchMethods } from './benches/method.ts';
import { benchPeers } from './benches/peers.ts';
import { benchReported } from './benches/reported.ts';
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
  ['endurance', { about: 'ten thousand simulated devices for ten minutes; only when named', run: runEndurance, byName: true }],
]);
