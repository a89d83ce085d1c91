// A floor under measurement: a small program without hub code that does the same physical work, in a process of its own.
import { MeasuredProcess } from './child-process.ts';
import type { Endpoint } from './endpoint.ts';

export type Floor = AsyncDisposable & { readonly process: MeasuredProcess; readonly endpoint: Endpoint };

/**
 * @param floor `program` is a file of bench/floors; `folder` has the certificate of the hub that it is compared with, which it shows too,
 * and `env` tells it the rest.
 */
export async function startFloor(floor: {
  readonly program: string;
  readonly folder: string;
  readonly caPem: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Floor> {
  const process = await MeasuredProcess.start({
    name: `The floor ${floor.program}`,
    args: [`bench/floors/${floor.program}`],
    env: { BENCH_FOLDER: floor.folder, ...floor.env },
    readyLine: /^floor ready (.*)$/,
  });
  const [httpsPort = 0, mqttPort = 0] = process.readyText.split(' ').map(Number);
  return {
    process,
    endpoint: { hostName: 'localhost', httpsPort, mqttPort, caPem: floor.caPem },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
