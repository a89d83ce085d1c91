// What a live query may hold, and by which changes it is concerned.
import { describe, expect, test } from 'vitest';
import { planLiveQuery } from '../../../../../src/domain/query/live/live-plan.ts';
import { PARTS, partsOfChange } from '../../../../../src/domain/query/live/twin-parts.ts';
import type { Change, ChangeKind } from '../../../../../src/domain/change.ts';

describe('A live query', () => {
  test.each([
    ['SELECT * FROM devices.jobs', 'FROM devices or FROM devices.modules'],
    ['SELECT COUNT() FROM devices', 'no aggregate, GROUP BY or DISTINCT'],
    ['SELECT status, COUNT() FROM devices GROUP BY status', 'no aggregate, GROUP BY or DISTINCT'],
    ['SELECT DISTINCT status FROM devices', 'no aggregate, GROUP BY or DISTINCT'],
    ['SELECT * FROM devices ORDER BY deviceId', 'no ORDER BY and no TOP'],
    ['SELECT TOP 1 * FROM devices', 'no ORDER BY and no TOP'],
    ["SELECT * FROM devices WHERE connectionState = 'Connected'", "'connectionState' changes with connections"],
    ['SELECT deviceId, lastActivityTime FROM devices.modules', "'lastActivityTime' changes with connections"],
    ["SELECT * FROM devices WHERE NOT (tags.a = 1 OR ABS(2) IN [3] OR modelId LIKE 'x')", "'modelId' changes with connections"],
    ['SELECT * FROM', 'not valid at line 1:14'],
  ])('is refused: %s', (text, reason) => {
    expect(() => planLiveQuery(text)).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid', message: expect.stringContaining(reason) }),
    );
  });

  test.each(['SELECT * FROM devices', "select deviceId, tags.a AS x from devices.modules where moduleId = 'm'"])('may be: %s', (text) => {
    expect(planLiveQuery(text).from).toMatch(/^devices/);
  });

  test('of a hub with strict queries holds no addition.', () => {
    expect(() => planLiveQuery("SELECT * FROM devices WHERE tags.a LIKE 'x'", { strict: true })).toThrow(/LIKE/);
  });

  test.each([
    ['deviceId', 0],
    ['etag', PARTS.tags | PARTS.desired],
    ['version', PARTS.tags | PARTS.desired],
    ['status', PARTS.identity],
    ['deviceEtag', PARTS.identity],
    ['tags.a.b', PARTS.tags],
    ['tags.a[0].b', PARTS.tags],
    ['properties.reported.a[0][1]', PARTS.reported],
    ['properties[0]', 0],
    ['properties.desired.a', PARTS.desired],
    ['properties.reported.[[$metadata]].a', PARTS.reported],
    ['properties', PARTS.desired | PARTS.reported],
    ['properties.other', 0],
  ])('that mentions %s alone is concerned by changes of it, and by coming and going.', (path, parts) => {
    const inCondition = planLiveQuery(`SELECT deviceId FROM devices WHERE IS_DEFINED(${path})`);
    const inItem = planLiveQuery(`SELECT ${path} AS x FROM devices`);

    expect(inCondition).toMatchObject({ conditionParts: parts | PARTS.existence, itemParts: PARTS.existence });
    expect(inItem).toMatchObject({ conditionParts: PARTS.existence, itemParts: parts | PARTS.existence });
  });

  test.each([
    ['tags.a = 1', 'tags.a', [1]],
    ["'x' = tags.a", 'tags.a', ['x']],
    ['tags.b > 1 AND status IN [null, true] AND tags.a = 1', 'status', [null, true]],
    ['(tags.a = 1)', 'tags.a', [1]],
  ])('%s asks for values under a path.', (text, path, values) => {
    expect(planLiveQuery(`SELECT * FROM devices WHERE ${text}`).anchor).toEqual({ path: { kind: 'path', steps: path.split('.') }, values });
  });

  test('An item of an array is looked up by its own number.', () => {
    const { anchor } = planLiveQuery("SELECT * FROM devices WHERE tags.a[0] = 'x'");

    expect(anchor).toEqual({ path: { kind: 'path', steps: ['tags', 'a', 0] }, values: ['x'] });
  });

  test.each([
    'tags.a = 1 OR tags.b = 1',
    'NOT tags.a = 1',
    'tags.a != 1',
    'tags.a NIN [1]',
    'tags.a = tags.b',
    'tags.a = undefined',
    'true',
  ])('%s asks for no value that could be looked up.', (text) => {
    expect(planLiveQuery(`SELECT * FROM devices WHERE ${text}`).anchor).toBeUndefined();
  });
});

describe('A change', () => {
  const change = (kind: ChangeKind, sections: Change['sections'] = []): Change => ({ deviceId: 'd', sequence: 1, at: '', kind, sections });

  test('concerns the sections that it tells of.', () => {
    expect(partsOfChange(change('twinUpdated', ['tags', 'reported']))).toBe(PARTS.tags | PARTS.reported);
  });

  test.each(['deviceUpdated', 'moduleUpdated'] as const)('of kind %s concerns the identity.', (kind) => {
    expect(partsOfChange(change(kind))).toBe(PARTS.identity);
  });

  test.each(['deviceCreated', 'deviceDeleted', 'moduleCreated', 'moduleDeleted'] as const)('of kind %s concerns everything.', (kind) => {
    expect(partsOfChange(change(kind))).toBe(Object.values(PARTS).reduce((sum, part) => sum + part, 0));
  });
});
