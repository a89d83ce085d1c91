// What the hub counts and measures of itself, as a port: cheap to call on every request, and read as one page.
import type { ErrorCode } from '../domain/errors.ts';
import type { JobStatus } from '../domain/job/job.ts';

/** The operations that the service counts, by its names (behaviour 10). `d2c`: asked for by a device, `c2d`: by a back end. */
export type MeasuredOperation =
  | 'c2d.twin.read'
  | 'c2d.twin.update'
  | 'd2c.twin.read'
  | 'd2c.twin.update'
  | 'c2d.methods'
  | 'jobs.createTwinUpdateJob'
  | 'jobs.createDirectMethodJob'
  | 'jobs.cancelJob'
  | 'jobs.queryJobs';

/** Bodies whose size the service measures. */
export type MeasuredBody = 'c2d.twin.read' | 'c2d.twin.update' | 'd2c.twin.update' | 'c2d.methods.request' | 'c2d.methods.response';

type AnsweredRequest = {
  /** `other` where nothing is served by this method. */
  readonly method: string;
  /** With its names of segments, never with their values; `undefined` where nothing is served. */
  readonly route: string | undefined;
  readonly status: number;
  readonly seconds: number;
};

type StoreCall = {
  /** The method of the port. */
  readonly operation: string;
  readonly seconds: number;
  readonly failed: boolean;
  /** How many writes were committed together; `undefined` for a call that takes no list. */
  readonly items: number | undefined;
};

type ScannedPathTotals = { readonly path: string; readonly queries: number; readonly rows: number; readonly seconds: number };

/** Numbers that are asked for whenever somebody looks. The counts of telemetry only grow. */
export type Watched = {
  readonly connectedDevices: () => number;
  readonly registeredDevices: () => Promise<number>;
  /** Live queries that are open. */
  readonly liveQueries: () => number;
  /** Paths that queries looked for without an index; a bounded number of them. */
  readonly scannedPaths: () => readonly ScannedPathTotals[];
  readonly telemetry: () => { readonly messages: number; readonly bytes: number };
  /** Of writes that wait for a group commit, by what they write. */
  readonly writesWaiting: Readonly<Record<string, () => number>>;
};

/** No call throws. */
export interface Metrics {
  /** @param failure the code it was refused with; absent when it was done. */
  operationEnded(operation: MeasuredOperation, failure?: ErrorCode): void;
  bodySeen(body: MeasuredBody, bytes: number): void;
  jobEnded(status: JobStatus): void;
  /** @param returnCode of CONNACK. */
  connectAnswered(returnCode: number): void;
  requestAnswered(request: AnsweredRequest): void;
  storeCallBegan(operation: string): void;
  storeCallEnded(call: StoreCall): void;
  /** Called once. */
  watch(watched: Watched): void;
  /** Everything, as text for a machine. What cannot be read at this moment is left out. */
  page(): Promise<MetricsPage>;
}

type MetricsPage = { readonly contentType: string; readonly text: string };
