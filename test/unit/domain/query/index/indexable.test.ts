// Goal: only such indexes are advised as can be made. Method: conditions on paths of both kinds, at the limit of their length.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../../src/domain/limits.ts';
import { indexablePlaces } from '../../../../../src/domain/query/index/indexable.ts';
import { formatIndexPlace } from '../../../../../src/domain/query/index/twin-index.ts';
import { parseCondition } from '../../../../../src/domain/query/parser.ts';

const longest = `tags.${'a'.repeat(LIMITS.twinIndexPathChars.value - 'tags.'.length)}`;

test.each<[condition: string, paths: readonly string[]]>([
  ['tags.a = 1 AND properties.reported.b > 2', ['tags.a', 'properties.reported.b']],
  ["deviceId = 'a' AND properties.desired.$version = 1", []],
  ['tags.a[0] = 1 AND tags.b = 1 AND properties.reported.c[1].d > 2', ['tags.b']],
  ["tags.a = 1 AND (deviceId = 'a' OR deviceId = 'b')", []],
  ["tags.a = 1 AND deviceId > 'a'", ['tags.a']],
  [`${longest} = 1`, [longest]],
  [`${longest}a = 1 AND tags.b = 1`, ['tags.b']],
])('Of %s an index can be on %j.', (condition, paths) => {
  expect(indexablePlaces('devices', parseCondition(condition)).map(formatIndexPlace)).toEqual(paths);
});

test('No index is on what jobs did.', () => {
  expect(indexablePlaces('devices.jobs', parseCondition("jobId = 'a'"))).toEqual([]);
});
