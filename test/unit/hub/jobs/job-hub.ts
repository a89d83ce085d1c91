// Jobs over an ephemeral store and a fake clock, with devices whose side the test plays.
import type { JsonObject } from '../../../../src/domain/json.ts';
import type { DirectMethodAnswer } from '../../../../src/domain/method/direct-method.ts';
import type { DeviceConnection, MethodRequest } from '../../../../src/hub/connections.ts';
import type { JobWithCounts } from '../../../../src/ports/job-store.ts';
import { openHub, type OpenHub, type OpenHubOptions, principalOf, RecordingLink } from '../../../support/open-hub.ts';

/** Tells when it refuses a method because the device does not listen. */
class PlayedLink extends RecordingLink {
  onRefused: () => void = () => undefined;

  override sendMethod(request: MethodRequest): boolean {
    const sent = super.sendMethod(request);
    if (!sent) this.onRefused();
    return sent;
  }
}

type PlayedDevice = {
  readonly link: PlayedLink;
  readonly connection: DeviceConnection;
  listen(): void;
  /** Resolves when it was called. */
  called(): Promise<void>;
  /** Answers its first call. Default: 200. */
  answer(answer?: DirectMethodAnswer): void;
};

export type JobHub = OpenHub & {
  ids(count: number): readonly string[];
  /** Registers the devices of `ids`. */
  createDevices(count: number): Promise<void>;
  connect(deviceId: string, options?: { readonly listens: boolean }): Promise<PlayedDevice>;
  connectNew(deviceId: string): Promise<PlayedDevice>;
  /** The job, once the condition holds for it. */
  job(jobId: string, when: (job: JobWithCounts) => boolean): Promise<JobWithCounts>;
  ended(jobId: string): Promise<JobWithCounts>;
};

export async function openJobHub(options: OpenHubOptions = {}): Promise<JobHub> {
  const open = await openHub(options);
  const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `device-${String(index).padStart(4, '0')}`);

  async function connect(deviceId: string, { listens } = { listens: true }): Promise<PlayedDevice> {
    const link = new PlayedLink();
    link.listens = listens;
    const connection = await open.hub.connections.connect(principalOf(await open.hub.devices.get(deviceId)), link);
    if (listens) connection.listening();
    return {
      link,
      connection,
      listen(): void {
        link.listens = true;
        connection.listening();
      },
      async called(): Promise<void> {
        if (link.methods.length === 0) await link.nextMethod();
      },
      answer(answer = { status: 200, payload: null }): void {
        const [request] = link.methods;
        if (!request) throw new Error('it was not called');
        connection.answerMethod(request.requestId, { kind: 'done', value: answer });
      },
    };
  }

  async function job(jobId: string, when: (job: JobWithCounts) => boolean): Promise<JobWithCounts> {
    for (;;) {
      const found = await open.hub.jobs.get(jobId);
      if (found && when(found)) return found;
    }
  }

  return {
    ...open,
    ids,
    async createDevices(count): Promise<void> {
      await Promise.all(ids(count).map((id) => open.createDevice(id)));
    },
    connect,
    async connectNew(deviceId): Promise<PlayedDevice> {
      await open.createDevice(deviceId);
      return connect(deviceId);
    },
    job,
    ended: (jobId) => job(jobId, ({ job: { endTime } }) => endTime !== undefined),
  };
}

/** The body of a job that calls `lockDoor` on every device, from this moment on for 300 s, unless told otherwise. */
export function methodJob(overrides: JsonObject = {}): JsonObject {
  const cloudToDeviceMethod = { methodName: 'lockDoor', payload: null, responseTimeoutInSeconds: 15 };
  return { type: 'scheduleDeviceMethod', cloudToDeviceMethod, queryCondition: '*', maxExecutionTimeInSeconds: 300, ...overrides };
}

/** The body of a job that sets `floor` on every device, from this moment on for 300 s, unless told otherwise. */
export function twinJob(overrides: JsonObject = {}): JsonObject {
  const updateTwin = { etag: '*', properties: { desired: { floor: 3 } } };
  return { type: 'scheduleUpdateTwin', updateTwin, queryCondition: '*', maxExecutionTimeInSeconds: 300, ...overrides };
}
