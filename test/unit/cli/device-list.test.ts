// The list of devices says when it may not be all of them: the API cuts it in silence.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../src/domain/limits.ts';
import { type CliResult, runCli } from '../../support/run-cli.ts';
import { type StandInHub, startStandInHub } from '../../support/stand-in-hub.ts';

const MAX = LIMITS.deviceListMax.value;

let hub: StandInHub;
let count = 0;

beforeAll(async () => {
  hub = await startStandInHub((_, response) => {
    const devices = Array.from({ length: count }, (_device, index) => ({ deviceId: `d${index}`, status: 'enabled' }));
    response.end(JSON.stringify(devices));
  });
});
afterAll(async () => {
  await hub[Symbol.asyncDispose]();
});

async function list(devices: number, ...options: readonly string[]): Promise<CliResult> {
  count = devices;
  const connect = `HostName=localhost:${hub.port};SharedAccessKeyName=service;SharedAccessKey=a2V5`;
  return runCli(['--connect', connect, '--ca', hub.caPath, 'device', 'list', ...options]);
}

test('A full list is said to be the first devices only, beside the table.', async () => {
  const { stdout, stderr, code } = await list(MAX);

  expect(stdout.trimEnd().split('\n')).toHaveLength(MAX + 1);
  expect(stderr).toBe('These are the first 1000 devices; there may be more.\n');
  expect(code).toBe(0);
});

test('A list that is not full is all there is.', async () => {
  const { stdout, stderr } = await list(MAX - 1);

  expect(stdout.trimEnd().split('\n')).toHaveLength(MAX);
  expect(stderr).toBe('');
});

test('A full list as JSON is what the API answers and nothing else.', async () => {
  const { stdout, stderr } = await list(MAX, '--json');

  expect(JSON.parse(stdout)).toHaveLength(MAX);
  expect(stderr).toBe('');
});
