// `device stats` shows what two calls of the API say as one answer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, runCli } from '../../support/run-cli.ts';
import { type StandInHub, startStandInHub } from '../../support/stand-in-hub.ts';

const ANSWERS: Readonly<Record<string, string>> = {
  '/statistics/devices': '{"totalDeviceCount":12,"enabledDeviceCount":9,"disabledDeviceCount":3}',
  '/statistics/service': '{"connectedDeviceCount":7}',
};

let hub: StandInHub;
let answers = ANSWERS;

beforeAll(async () => {
  hub = await startStandInHub((request, response) => {
    response.end(answers[request.url?.split('?')[0] ?? ''] ?? '[]');
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
});

async function stats(...options: readonly string[]): Promise<CliResult> {
  const connect = `HostName=localhost:${hub.port};SharedAccessKeyName=registryRead;SharedAccessKey=a2V5`;
  return runCli(['--connect', connect, '--ca', hub.caPath, 'device', 'stats', ...options]);
}

test('People get a line for each count.', async () => {
  answers = ANSWERS;

  const { stdout, stderr, code } = await stats();

  expect({ stdout, stderr, code }).toEqual({ stdout: 'devices    12\nenabled    9\ndisabled   3\nconnected  7\n', stderr: '', code: 0 });
});

test('Scripts get one object.', async () => {
  answers = ANSWERS;

  const { stdout } = await stats('--json');

  expect(JSON.parse(stdout)).toEqual({ totalDeviceCount: 12, enabledDeviceCount: 9, disabledDeviceCount: 3, connectedDeviceCount: 7 });
});

test('An answer that is no statistics is a failure.', async () => {
  answers = {};

  expect(await stats()).toMatchObject({ stdout: '', stderr: expect.stringContaining('no statistics'), code: 1 });
});
