// Which parts of twins the queries of an index are about, while they come and go.
import { expect, test } from 'vitest';
import { LiveIndex } from '../../../../../src/domain/query/live/live-index.ts';
import { planLiveQuery } from '../../../../../src/domain/query/live/live-plan.ts';
import { PARTS } from '../../../../../src/domain/query/live/twin-parts.ts';

const planned = (text: string): { readonly plan: ReturnType<typeof planLiveQuery> } => ({ plan: planLiveQuery(text) });

test('A part counts as long as any query is about it.', () => {
  const index = new LiveIndex<ReturnType<typeof planned>>();
  const [one, other] = [planned('SELECT deviceId FROM devices WHERE tags.a = 1'), planned('SELECT deviceId FROM devices WHERE tags.b > 1')];
  index.add(one);
  index.add(other);

  index.remove(one);
  const withOther = index.conditionParts;
  index.remove(other);

  expect([withOther, index.conditionParts]).toEqual([PARTS.tags | PARTS.existence, 0]);
});

test('Conditions and items count apart.', () => {
  const index = new LiveIndex<ReturnType<typeof planned>>();

  index.add(planned("SELECT properties.reported.a FROM devices WHERE status = 'enabled'"));

  expect([index.conditionParts, index.itemParts]).toEqual([PARTS.identity | PARTS.existence, PARTS.reported | PARTS.existence]);
});

test('A query that is added twice, or removed twice, counts once.', () => {
  const index = new LiveIndex<ReturnType<typeof planned>>();
  const [one, other] = [planned('SELECT deviceId FROM devices WHERE tags.a = 1'), planned('SELECT deviceId FROM devices WHERE tags.a = 1')];
  index.add(one);
  index.add(one);
  index.add(other);

  index.remove(one);
  index.remove(one);

  expect(index.conditionParts).toBe(PARTS.tags | PARTS.existence);
  expect(index.candidates({ tags: { a: 1 } })).toEqual([other]);
});
