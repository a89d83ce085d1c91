// Goal: every query of docs/query-language.md answers what the page says.
// Method: the fleet of the page in a store, and after it each block of SQL through the use case, read page by page, beside the block that follows it.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { LIMITS } from '../../src/domain/limits.ts';
import { EventStream } from '../../src/gateways/http/event-stream.ts';
import { EventStreamRoom } from '../../src/gateways/http/event-stream-room.ts';
import { LiveQueries } from '../../src/hub/live/live-queries.ts';
import type { Stores } from '../../src/ports/stores.ts';
import { createLog } from '../../src/system/log.ts';
import { pause } from '../../src/system/pause.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { methodJob } from '../support/job-builders.ts';
import { queriesOver } from '../support/query/queries-over.ts';
import { createModule, NOON, put, report, timeAt, write } from '../support/store-builders.ts';
import { runJob } from '../support/stored-jobs.ts';
import { openStoreOfTests, TESTS_ON_POSTGRES } from '../support/test-store.ts';
import { itemsOf } from '../support/query/page-items.ts';

const page = readFileSync(new URL('../../docs/query-language.md', import.meta.url), 'utf8');

type Block = { readonly language: string; readonly text: string };

const blocks: readonly Block[] = Array.from(page.matchAll(/^```([a-z ]+)\n(.*?)\n```$/gms), ([, language = '', text = '']) => ({
  language,
  text,
}));
const [fleet] = blocks;
const examples = blocks.flatMap((block, index) => {
  const answer = blocks[index + 1];
  return /^sql(?: strict)?$/.test(block.language) && answer ? [{ query: block.text, strict: block.language === 'sql strict', answer }] : [];
});

let stores: Stores;
beforeAll(async () => {
  stores = await openStoreOfTests();
  // The page holds an array of objects there.
  for (const device of JSON.parse(fleet?.text ?? '') as readonly JsonObject[]) await create(device);
  for (const [deviceId, moduleId] of [
    ['pump-1', 'filter'],
    ['pump-2', 'filter'],
    ['pump-2', 'valve'],
  ] as const) {
    await createModule(stores, { deviceId, moduleId });
  }
  await stores.twins.applyTwinChanges([{ ...report('pump-1', { clean: true }), moduleId: 'filter' }]);
  await stores.devices.recordConnections(
    ['pump-1', 'pump-2', 'pump-3'].map((deviceId) => ({
      kind: 'connected',
      modelId: '',
      cleanSession: false,
      deviceId,
      connectionId: `c-${deviceId}`,
      at: NOON,
    })),
  );
  await runJob(stores, methodJob('restart-pumps'), ['pump-1', 'pump-2', 'pump-3']);
  await stores.jobs.claimCalls({ jobId: 'restart-pumps', limit: 3, at: NOON });
  await stores.jobs.recordOutcomes(
    [
      { jobId: 'restart-pumps', deviceId: 'pump-1', outcome: { kind: 'answered', answer: { status: 200, payload: null } } },
      { jobId: 'restart-pumps', deviceId: 'pump-2', outcome: { kind: 'answered', answer: { status: 503, payload: 'busy' } } },
      {
        jobId: 'restart-pumps',
        deviceId: 'pump-3',
        outcome: { kind: 'failed', error: { code: 'GatewayTimeout', description: 'Too late.' } },
      },
    ],
    timeAt(13 * 60),
  );
});
afterAll(() => stores.close());

async function create({ deviceId, status, tags, reported }: JsonObject): Promise<void> {
  const id = typeof deviceId === 'string' ? deviceId : '';
  await stores.devices.writeDevices([put(id, status === 'disabled' ? { status } : {})]);
  if (isJsonObject(tags)) await stores.twins.applyTwinChanges([write(id, { tags })]);
  if (isJsonObject(reported)) await stores.twins.applyTwinChanges([report(id, reported)]);
}

async function ask(text: string, strict: boolean): Promise<readonly JsonObject[]> {
  const queries = queriesOver(new FakeClock(), stores.queries, { strict });
  const rows: JsonObject[] = [];
  let continuation: string | undefined;
  do {
    const answered = await queries.run({ text, pageSize: 2, continuation });
    rows.push(...itemsOf(answered));
    ({ continuation } = answered);
  } while (continuation !== undefined);
  return rows;
}

/** They count what other tests do, too. */
function withoutSequences(text: string): string {
  return text.replaceAll(/^id: \d+$/gm, 'id');
}

describe('the page of the query language', () => {
  test('has examples', () => {
    expect(examples.length).toBeGreaterThan(15);
  });

  test('has what it answers, or is refused with, after each example.', () => {
    const languages = blocks.map(({ language }) => language);

    expect(
      languages.filter((language, index) => language.startsWith('sql') && !['json', 'text'].includes(languages[index + 1] ?? '')),
    ).toEqual([]);
    expect(languages.filter((language) => language.startsWith('sql')).length).toBe(examples.length + ['explain', 'live'].length);
  });

  test.each(examples.filter(({ answer }) => answer.language === 'json'))('answers $query', async ({ query, strict, answer }) => {
    expect(await ask(query, strict)).toEqual(JSON.parse(answer.text));
  });

  test.each(examples.filter(({ answer }) => answer.language === 'text'))('refuses $query', async ({ query, strict, answer }) => {
    await expect(ask(query, strict)).rejects.toMatchObject({ code: 'ArgumentInvalid', message: answer.text });
  });

  test('explains a query as it says.', async () => {
    const at = blocks.findIndex(({ language }) => language === 'sql explain');
    const [query, told] = blocks.slice(at, at + 2);
    const queries = queriesOver(new FakeClock(), stores.queries);

    const { steps, scanned, returned, from } = await queries.explain({ text: query?.text ?? '', pageSize: 100 });

    const lines = [`Plan           ${steps.map(({ kind }) => (kind === 'scan' ? `scan of ${from}` : kind)).join(', then ')}`];
    lines.push('Index used     none', `Rows scanned   ${scanned}`, `Rows returned  ${returned}`);
    // PostgreSQL looks at no modules.
    expect(lines.join('\n')).toBe(TESTS_ON_POSTGRES ? told?.text.replace('scanned   8', 'scanned   5') : told?.text);
  });

  test('tells a live query what it says.', async () => {
    const at = blocks.findIndex(({ language }) => language === 'sql live');
    const [query, told] = blocks.slice(at, at + 2);
    const log = createLog({ level: 'silent' });
    const live = new LiveQueries({ ...stores, clock: new FakeClock(), pause, log, strict: false });
    const stream = new EventStream(new EventStreamRoom(LIMITS.liveQueryWaitingBytesInAll.value));
    let text = '';
    stream.parts.on('data', (part: Buffer) => (text += part.toString()));
    live.open({ text: query?.text ?? '', after: undefined }, stream);
    const heard = (event: string): Promise<void> => vi.waitFor(() => expect(text).toContain(event));
    await heard('event: ready');

    for (const [pressure, event] of [
      [4.2, '"pressure":4.2'],
      [5, 'event: changed'],
      [3.5, 'event: left'],
    ] as const) {
      await stores.twins.applyTwinChanges([report('pump-2', { pressure })]);
      live.ring();
      await heard(event);
    }

    expect(withoutSequences(text)).toBe(withoutSequences(`${told?.text}\n\n`));
    await live.stop();
  });
});
