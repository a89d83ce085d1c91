// What is said of the calls of jobs that are under way.
import { expect, test } from 'vitest';
import { LocalDeviceBus } from '../../../../src/buses/local/local-device-bus.ts';
import { JobCalls } from '../../../../src/hub/jobs/job-calls.ts';
import { createLog } from '../../../../src/system/log.ts';
import { systemClock } from '../../../../src/system/system-clock.ts';

test('Everybody who waits for the last call to end hears of it, whoever began to wait last.', async () => {
  const recorded = Promise.withResolvers<void>();
  const calls = new JobCalls({
    store: { recordOutcomes: () => recorded.promise },
    bus: new LocalDeviceBus(),
    clock: systemClock,
    log: createLog({ level: 'silent', pretty: false }),
    onSettled: () => undefined,
  });
  calls.start({ jobId: 'lock', deviceId: 'door' }, { kind: 'method', methodName: 'lock', payload: null, responseTimeoutSeconds: 30 });

  const told: string[] = [];
  const waiting = ['one', 'two'].map((name) => calls.empty().then(() => told.push(name)));
  recorded.resolve();
  await Promise.all(waiting);

  expect(told).toEqual(['one', 'two']);
});
