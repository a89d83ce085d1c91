// What every twin store must do under many callers. Goal: no change is lost or counts twice. Method: random changes, the pure rule as model.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Outcome, outcomeOf } from '../../src/domain/errors.ts';
import type { Device } from '../../src/domain/identity/device.ts';
import { applyTwinChange, newTwin } from '../../src/domain/twin/apply-twin-change.ts';
import type { Twin, TwinChange } from '../../src/domain/twin/twin.ts';
import type { TwinChangeResult } from '../../src/ports/twin-store.ts';
import { twinChangesOf } from '../support/arbitrary-twins.ts';
import { canonicalJson } from '../support/json-text.ts';
import { createDevice, freshId, NOON, put, readAllChanges, remove, report } from '../support/store-builders.ts';
import { type NewPlace, shareStore } from '../support/store-place.ts';

const DEVICE_ID = 'model';

export function describeTwinConcurrency(newPlace: NewPlace): void {
  const stores = shareStore(newPlace);

  test('A batch does to a twin what the rule does, change by change.', async () => {
    await fc.assert(
      fc.asyncProperty(twinChangesOf(DEVICE_ID), async (changes) => {
        const device = await createAnew();
        const expected = applyInTurn(newTwin({ deviceId: DEVICE_ID }, NOON), changes);

        const outcomes = await stores().twins.applyTwinChanges(changes);

        const read = await stores().twins.readTwin({ deviceId: DEVICE_ID });
        expect(outcomes.map(answerOf)).toEqual(expected.answers);
        expect(canonicalJson(read)).toBe(canonicalJson({ identity: device, twin: expected.twin }));
      }),
      { numRuns: 100 },
    );
  });

  test('Concurrent calls leave a twin that the rule reaches by their changes in the order of their versions.', async () => {
    const batches = fc.array(twinChangesOf(DEVICE_ID), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(batches, async (calls) => {
        await createAnew();

        const outcomes = await Promise.all(calls.map((changes) => stores().twins.applyTwinChanges(changes)));

        const read = await stores().twins.readTwin({ deviceId: DEVICE_ID });
        const done = inOrderOfVersions(calls.flat(), outcomes.flat());
        const replayed = applyInTurn(newTwin({ deviceId: DEVICE_ID }, NOON), done);
        expect(replayed.answers.filter((answer) => answer.includes('"code"'))).toEqual([]);
        expect(canonicalJson(read?.twin)).toBe(canonicalJson(replayed.twin));
      }),
      { numRuns: 50 },
    );
  });

  test('Calls that follow one another at once change a twin in their order, whatever else each of them changes.', async () => {
    const [shared, ...others] = Array.from({ length: 9 }, () => freshId());
    if (shared === undefined) throw new Error('There are nine');
    for (const deviceId of [shared, ...others]) await createDevice(stores(), deviceId);

    const calls = Array.from({ length: 80 }, (_, count) => {
      const own = Array.from({ length: count % 4 === 0 ? 200 : 1 }, () => report(others[count % others.length] ?? shared, { count }));
      return stores().twins.applyTwinChanges([...own, report(shared, { count })]);
    });
    const versions = (await Promise.all(calls)).map((outcomes) => {
      const last = outcomes.at(-1);
      return last?.kind === 'done' && last.value.kind === 'reported' ? last.value.version : undefined;
    });

    expect(versions).toEqual(calls.map((_, index) => index + 2));
    expect((await stores().twins.readTwin({ deviceId: shared }))?.twin.reported.properties).toMatchObject({ count: calls.length - 1 });
  });

  test('Of many concurrent reports each counts once and leaves one entry in the change feed.', async () => {
    const deviceId = freshId();
    await createDevice(stores(), deviceId);
    const names = Array.from({ length: 300 }, (_, index) => `k${index}`);

    const outcomes = await Promise.all(names.map((name) => stores().twins.applyTwinChanges([report(deviceId, { [name]: true })])));

    const read = await stores().twins.readTwin({ deviceId });
    const feed = await readAllChanges(stores());
    const versions = outcomes.flat().map((outcome) => Number(answerOf(outcome)));
    expect(versions.toSorted((one, other) => one - other)).toEqual(names.map((_, index) => index + 2));
    expect(read?.twin.reported.properties).toEqual(Object.fromEntries(names.map((name) => [name, true])));
    expect(feed.filter((change) => change.deviceId === deviceId && change.kind === 'twinUpdated')).toHaveLength(names.length);
  });

  async function createAnew(): Promise<Device> {
    const outcomes = await stores().devices.writeDevices([remove(DEVICE_ID), put(DEVICE_ID)]);
    const created = outcomes[1];
    if (created?.kind !== 'done') throw new Error('The device was not created');
    return created.value.device;
  }
}

/** What the rule makes of a twin, and what each change is answered. */
function applyInTurn(start: Twin, changes: readonly TwinChange[]): { readonly twin: Twin; readonly answers: readonly string[] } {
  let twin = start;
  const answers = changes.map((change) => {
    const outcome = outcomeOf(() => applyTwinChange(twin, change));
    if (outcome.kind === 'refused') return canonicalJson(outcome.refusal);
    ({ twin } = outcome.value);
    return change.kind === 'report' ? canonicalJson(twin.reported.version) : canonicalJson({ twin, notice: outcome.value.notice });
  });
  return { twin, answers };
}

/** In the form of `applyInTurn`; the rule knows no identities. */
function answerOf(outcome: Outcome<TwinChangeResult>): string {
  if (outcome.kind === 'refused') return canonicalJson(outcome.refusal);
  const result = outcome.value;
  if (result.kind === 'reported') return canonicalJson(result.version);
  return canonicalJson({ twin: result.identityTwin.twin, notice: result.notice });
}

/** The changes that were made: reports first, since they and writes touch different sections. */
function inOrderOfVersions(changes: readonly TwinChange[], outcomes: readonly Outcome<TwinChangeResult>[]): readonly TwinChange[] {
  const made = changes.flatMap((change, index) => {
    const outcome = outcomes[index];
    return outcome?.kind === 'done' && !namesNoSection(change) ? [{ change, version: versionOf(outcome.value) }] : [];
  });
  const ordered = made.toSorted((one, other) => one.version - other.version).map(({ change }) => change);
  return [...ordered.filter(({ kind }) => kind === 'report'), ...ordered.filter(({ kind }) => kind !== 'report')];
}

function versionOf(result: TwinChangeResult): number {
  return result.kind === 'reported' ? result.version : result.identityTwin.twin.version;
}

function namesNoSection(change: TwinChange): boolean {
  return change.kind === 'patch' && (change.tags ?? undefined) === undefined && change.desired === undefined;
}
