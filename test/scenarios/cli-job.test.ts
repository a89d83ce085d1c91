// Goal: jobs can be made, watched, listed and ended on the command line, as text and as JSON.
// Method: one hub on free ports, started by the command line, with a few devices that are away; one process a command.
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOn } from '../support/cli-commands.ts';
import { awaitLine, endOf, startCli } from '../support/run-cli.ts';

let folder: string;
let hub: ChildProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twinhub-test-'));
  hub = startCli(['start', '--data-dir', folder, '--https-port', '0', '--mqtt-port', '0']);
  await awaitLine(hub, /^twinhub ready/m);
  for (const id of ['door-1', 'door-2']) await cli('device', 'create', id);
});
afterAll(async () => {
  hub.kill('SIGTERM');
  await endOf(hub);
  await rm(folder, { recursive: true });
});

const { cli, jsonOf } = commandsOn(() => folder);

describe('job create', () => {
  it('makes a twin job and follows it to its end', async () => {
    const { code, stdout } = await cli(
      'job',
      'create',
      'floor',
      '--desired',
      '{"floor":3}',
      '--tags',
      '{"site":"Bonn"}',
      '--where',
      '*',
      '--watch',
    );

    expect(code).toBe(0);
    expect(stdout).toMatch(/^completed: 2 of 2 devices/m);
    expect(stdout).toMatch(/^desired +\{"floor":3\}\ntags +\{"site":"Bonn"\}\nwhere +\*$/m);
    expect(await jsonOf('twin', 'show', 'door-1')).toMatchObject({ tags: { site: 'Bonn' }, properties: { desired: { floor: 3 } } });
  });

  it('makes a method job for later, with all that can be said about it', async () => {
    const start = new Date(Date.now() + 24 * 3600_000).toISOString();
    const method = ['--method', 'lockDoor', '--payload', '{"door":12345678901234567890}', '--response-timeout', '20'];
    const { code, stdout } = await cli(
      'job',
      'create',
      'later',
      ...method,
      '--where',
      "deviceId = 'door-1'",
      '--start',
      start,
      '--window',
      '60',
    );

    expect(code).toBe(0);
    expect(stdout).toMatch(/^status +(queued|scheduled)$/m);
    expect(await jsonOf('job', 'show', 'later')).toMatchObject({
      type: 'scheduleDeviceMethod',
      cloudToDeviceMethod: { methodName: 'lockDoor', responseTimeoutInSeconds: 20 },
      queryCondition: "deviceId = 'door-1'",
      startTime: start,
      maxExecutionTimeInSeconds: 60,
    });
  });

  it('with --watch and --json prints the job as it ended, and nothing else', async () => {
    const job = await jsonOf('job', 'create', 'quiet', '--tags', '{"a":1}', '--where', '*', '--watch');

    expect(job).toMatchObject({ jobId: 'quiet', status: 'completed' });
  });

  it('with --watch fails when a device fails', async () => {
    const { code, stdout } = await cli(
      'job',
      'create',
      'in-vain',
      '--method',
      'm',
      '--where',
      "deviceId = 'door-1'",
      '--window',
      '1',
      '--watch',
    );

    expect(code).toBe(1);
    expect(stdout).toMatch(/^completed: 1 of 1 devices, 1 failed/m);
  });

  it('tells why a job was refused', async () => {
    const { code, stderr } = await cli('job', 'create', 'quiet', '--tags', '{}', '--where', '*');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: .*already exists.* \(JobAlreadyExists, tracking id \w+\)\n$/);
  });
});

describe('job show', () => {
  it('shows why a job failed', async () => {
    await cli('job', 'create', 'wrong', '--tags', '{}', '--where', 'tags.floor = = 1', '--watch');

    const { code, stdout } = await cli('job', 'show', 'wrong');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^status +failed\nreason +The condition is not valid at line 1/m);
  });

  it('does not know a job that is not there', async () => {
    expect(await cli('job', 'show', 'ghost')).toMatchObject({
      code: 1,
      stderr: "error: There is no job 'ghost'. List those there are with `twinhub job list`.\n",
    });
  });
});

describe('job list and job cancel', () => {
  it('find a job that runs, and end it', async () => {
    await cli('job', 'create', 'waits', '--method', 'm', '--where', "deviceId = 'door-2'");
    const { stdout: running } = await cli('job', 'list', '--status', 'running', '--type', 'scheduleDeviceMethod');
    const { code, stdout: cancelled } = await cli('job', 'cancel', 'waits');
    const { stdout: list } = await cli('job', 'list');

    expect(running).toMatch(/^JOB +TYPE +STATUS +START +DEVICES +SUCCEEDED +FAILED\nwaits +scheduleDeviceMethod +running +\S+ +1 +0 +0\n$/);
    expect(code).toBe(0);
    expect(cancelled).toMatch(/^status +cancelled$/m);
    expect(list).toMatch(/^waits +scheduleDeviceMethod +cancelled/m);
    expect(await jsonOf('job', 'list', '--status', 'running')).toEqual([]);
  });
});
