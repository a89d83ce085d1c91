// `twinhub query …`: finds devices by what their twins say.
import { InvalidArgumentError, type Command } from 'commander';
import { isJsonObject, type JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import type { HubClient } from '../hub-client.ts';
import { listOf, table, textAt } from '../output.ts';
import { openSession } from '../session.ts';

const DEFAULT_LIMIT = 100;

/** Longer than the hub's own time limit, so that its answer arrives. */
const TIMEOUT_SECONDS = LIMITS.querySeconds.value + 15;

export function addQueryCommand(program: Command): void {
  program
    .command('query <text>')
    .description('Print what a query finds: devices, or the properties that stand after SELECT.')
    .option('--limit <count>', `Stop after so many results. (default: ${DEFAULT_LIMIT})`, parseCount)
    .addHelpText(
      'after',
      `\nExample:\n  twinhub query "SELECT deviceId, properties.reported.firmware FROM devices WHERE tags.site = 'Bonn'"`,
    )
    .action(runQuery);
}

async function runQuery(this: Command, text: string): Promise<void> {
  const { limit = DEFAULT_LIMIT } = this.opts<{ readonly limit?: number }>();
  const { hub, json } = await openSession(this);
  const results = await readResults(hub, text, limit);
  console.log(json ? JSON.stringify(results.items) : describeResults(results));
  if (!results.isAll) console.error(`There are more than these ${results.items.length} results. Ask for more with --limit.`);
}

type Results = { readonly items: readonly JsonValue[]; readonly itemType: string | undefined; readonly isAll: boolean };

/** Reads pages until there are as many results as wanted, or no more. */
async function readResults(hub: HubClient, query: string, limit: number): Promise<Results> {
  const call = { method: 'POST', path: '/devices/query', body: JSON.stringify({ query }), timeoutSeconds: TIMEOUT_SECONDS } as const;
  const items: JsonValue[] = [];
  let continuation: string | undefined;
  for (;;) {
    const size = Math.min(limit - items.length, LIMITS.queryPageMax.value);
    const answer = await hub.send({ ...call, page: { size, continuation } });
    items.push(...listOf(answer.value));
    ({ continuation } = answer);
    if (continuation === undefined || items.length >= limit) return { items, itemType: answer.itemType, isAll: continuation === undefined };
  }
}

function describeResults({ items, itemType }: Results): string {
  if (items.length === 0) return 'Nothing was found.';
  // A whole twin is too wide for a line.
  const names = itemType === 'Twin' ? ['deviceId', 'status', 'connectionState', 'tags'] : [...new Set(items.flatMap(namesOf))];
  if (names.length === 0) return `${items.length} results were found, and none has these properties.`;
  const rows = items.map((item) => names.map((name) => textAt(item, name)));
  return table(names, rows);
}

function namesOf(item: JsonValue): readonly string[] {
  return isJsonObject(item) ? Object.keys(item) : [];
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is no whole number above 0.');
  return Number(text);
}
