// What a connected device does: methods by its behaviour, reports, desired properties.
import { describe, expect, it } from 'vitest';
import { type ScriptedFleet, startScriptedFleet } from '../../support/simulator/scripted-hub.ts';

const ANSWERS = '$iothub/methods/res/';
const REPORTS = '$iothub/twin/PATCH/properties/reported/';

type Options = Parameters<typeof startScriptedFleet>[0];

function connected(options: Options = {}): ScriptedFleet {
  const scripted = startScriptedFleet(options);
  scripted.line().accept();
  return scripted;
}

function ridOf(topic: string): string {
  return topic.slice(topic.indexOf('$rid=') + '$rid='.length);
}

describe('a direct method', () => {
  it('is answered with 200 and its own payload', () => {
    const { fleet, line } = connected();

    line().message('$iothub/methods/POST/reboot/?$rid=1f', '{"a":[1,"é"]}');

    expect(line().messages(ANSWERS)).toEqual([['$iothub/methods/res/200/?$rid=1f', '{"a":[1,"é"]}']]);
    expect(fleet.counts().counters).toMatchObject({ methodsReceived: 1, methodsAnswered: 1 });
  });

  it('is answered by a slow device when its time has passed', () => {
    const { clock, line } = connected({ behaviour: { answerDelayMs: 500 } });

    line().message('$iothub/methods/POST/reboot/?$rid=1', 'null');
    clock.advance(499);
    const early = line().messages(ANSWERS);
    clock.advance(1);

    expect(early).toEqual([]);
    expect(line().messages(ANSWERS)).toEqual([['$iothub/methods/res/200/?$rid=1', 'null']]);
  });

  it('is not answered on another connection than it came on', () => {
    const { fleet, clock, lines, line } = connected({ behaviour: { answerDelayMs: 5000 } });

    line().message('$iothub/methods/POST/reboot/?$rid=1', 'null');
    line().close();
    clock.advance(2000);
    line().accept();
    clock.advance(5000);

    expect(lines).toHaveLength(2);
    expect(lines.flatMap((each) => each.messages(ANSWERS))).toEqual([]);
    expect(fleet.counts().counters).toMatchObject({ methodsReceived: 1, methodsAnswered: 0, methodsDropped: 1 });
  });

  it('is one of 100 at most that a slow device works on', () => {
    const { fleet, clock, line } = connected({ behaviour: { answerDelayMs: 10 } });

    for (let rid = 1; rid <= 101; rid += 1) line().message(`$iothub/methods/POST/m/?$rid=${rid}`, '1');
    clock.advance(10);

    expect(line().messages(ANSWERS)).toHaveLength(100);
    expect(fleet.counts().counters).toMatchObject({ methodsReceived: 101, methodsAnswered: 100, methodsDropped: 1 });
  });

  it.each([
    [{ dropChance: 0.51 }, { methodsDropped: 1, methodsAnswered: 0, methodsFailed: 0 }],
    [{ dropChance: 0.5 }, { methodsDropped: 0, methodsAnswered: 1, methodsFailed: 0 }],
    [{ failChance: 0.51 }, { methodsDropped: 0, methodsAnswered: 0, methodsFailed: 1 }],
    [{ failChance: 0.5 }, { methodsDropped: 0, methodsAnswered: 1, methodsFailed: 0 }],
    [
      { dropChance: 0.51, failChance: 1 },
      { methodsDropped: 1, methodsAnswered: 0, methodsFailed: 0 },
    ],
  ])('where chance says 0.5 ends for %j as %j', (behaviour, counts) => {
    const { fleet, line } = connected({ behaviour, chance: 0.5 });

    line().message('$iothub/methods/POST/m/?$rid=1', '1');

    expect(fleet.counts().counters).toMatchObject(counts);
  });

  it('that fails is answered with 500', () => {
    const { line } = connected({ behaviour: { failChance: 1 }, chance: 0.99 });

    line().message('$iothub/methods/POST/m/?$rid=1', '1');

    expect(line().messages(ANSWERS)).toEqual([['$iothub/methods/res/500/?$rid=1', expect.stringMatching(/^\{"error":".+"\}$/)]]);
  });
});

describe('reports', () => {
  it('are spread over the devices at the rate of the fleet', () => {
    const { fleet, clock, lines } = startScriptedFleet({ devices: 4, reportsPerSecond: 8 });
    for (const line of lines) line.accept();

    clock.advance(1000);

    expect(lines.map((line) => line.messages(REPORTS).length)).toEqual([2, 2, 2, 2]);
    expect(fleet.counts().counters).toMatchObject({ reportsSent: 8, reportsAccepted: 0, reportsSkipped: 0 });
  });

  it('leave out the devices that are away', () => {
    const { clock, lines } = startScriptedFleet({ devices: 2, reportsPerSecond: 5 });
    lines[1]?.accept();

    clock.advance(1000);

    expect(lines.map((line) => line.messages(REPORTS).length)).toEqual([0, 5]);
  });

  it('are skipped where no device is there, and not made up for later', () => {
    const { fleet, clock, line } = startScriptedFleet({ reportsPerSecond: 10 });

    clock.advance(1000);
    line().accept();
    clock.advance(1000);

    expect(fleet.counts().counters).toMatchObject({ reportsSkipped: 10, reportsSent: 10 });
  });

  it('are skipped by a device of which 10 have no answer', () => {
    const { fleet, clock, line } = connected({ reportsPerSecond: 10 });

    clock.advance(1200);

    expect(fleet.counts().counters).toMatchObject({ reportsSent: 10, reportsSkipped: 2 });
    expect(line().ended).toBeUndefined();
  });

  it('begin anew on the next connection, whatever was left open on the last one', () => {
    const { fleet, clock, line } = connected({ reportsPerSecond: 10 });
    clock.advance(1000);

    line().close();
    clock.advance(1000);
    line().accept();
    clock.advance(500);

    expect(fleet.counts().counters).toMatchObject({ reportsSent: 15, reportsSkipped: 10 });
  });

  it('count as the hub answers them, with the time that took', () => {
    const { fleet, clock, line } = connected({ reportsPerSecond: 2 });
    clock.advance(1000);
    const [first = '', second = ''] = line()
      .messages(REPORTS)
      .map(([topic]) => ridOf(topic));

    clock.advance(100);
    line().message(`$iothub/twin/res/204/?$rid=${first}&$version=2`, '');
    line().message(`$iothub/twin/res/400/?$rid=${second}`, '{"errorCode":400004}');

    expect(fleet.counts().counters).toMatchObject({ reportsSent: 2, reportsAccepted: 1, reportsRefused: 1, malformed: 0 });
    expect(fleet.counts().reportMs.reduce((sum, count) => sum + count, 0)).toBe(2);
    expect(fleet.counts().reportMs.length).toBeGreaterThan(16 * Math.log2(100_000));
  });

  it('are JSON and say which desired version the device has', () => {
    const { line } = connected();
    line().message('$iothub/twin/res/200/?$rid=twin', '{"desired":{"$version":7},"reported":{"$version":1}}');

    line().message('$iothub/twin/PATCH/properties/desired/?$version=8', '{"a":1,"$version":8}');

    expect(
      line()
        .messages(REPORTS)
        .map(([, payload]) => JSON.parse(payload) as unknown),
    ).toEqual([{ reports: 1, desiredVersion: 8 }]);
  });
});

describe('desired properties', () => {
  it('are asked for at the begin', () => {
    const { line } = connected();

    expect(line().messages('$iothub/twin/GET/')).toEqual([['$iothub/twin/GET/?$rid=twin', ' ']]);
  });

  it('are followed, and versions that are missed or come again are counted', () => {
    const { fleet, line } = connected();

    for (const version of [4, 5, 9, 9, 8]) line().message(`$iothub/twin/PATCH/properties/desired/?$version=${version}`, '{}');

    expect(fleet.counts().counters).toMatchObject({ desiredReceived: 5, desiredMissed: 3, desiredOutOfOrder: 2, reportsSent: 3 });
  });

  it('may have gone on while the device was away', () => {
    const { fleet, clock, line } = connected();
    line().message('$iothub/twin/PATCH/properties/desired/?$version=2', '{}');

    line().close();
    clock.advance(2000);
    line().accept();
    line().message('$iothub/twin/PATCH/properties/desired/?$version=9', '{}');

    expect(fleet.counts().counters).toMatchObject({ desiredReceived: 2, desiredMissed: 0, desiredOutOfOrder: 0 });
  });
});

describe('a hub that sends nonsense', () => {
  it.each([
    ['$iothub/nothing', '{}'],
    ['$iothub/methods/POST/m/', '{}'],
    ['$iothub/methods/POST/m/?$rid=', '{}'],
    ['$iothub/twin/res/200/?$rid=twin', 'no JSON'],
    ['$iothub/twin/res/200/?$rid=twin', '{"desired":{}}'],
    ['$iothub/twin/res/404/?$rid=twin', '{"errorCode":404001}'],
    ['$iothub/twin/res/many/?$rid=twin', '{"desired":{"$version":1}}'],
    ['$iothub/twin/res/204/?$rid=1.1', ''],
    ['$iothub/twin/res/204/?$rid=__proto__', ''],
    ['$iothub/twin/PATCH/properties/desired/?$version=x', '{}'],
    ['$iothub/twin/PATCH/properties/desired/?$version=0', '{}'],
  ])('on %s with %j loses the device, which comes back', (topic, payload) => {
    const { fleet, clock, lines, line } = connected();

    line().message(topic, payload);
    const ended = line().ended;
    line().close();
    clock.advance(2000);

    expect(ended).toBe('cut');
    expect(fleet.counts().counters).toMatchObject({ malformed: 1, lost: 1 });
    expect(lines).toHaveLength(2);
  });
});
