// `twinhub query …`: finds devices by what their twins say.
import { type Command, Option } from 'commander';
import { isJsonObject, type JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { table, textAt } from '../output.ts';
import { explainQuery } from '../explain-query.ts';
import { type Pages, parseLimit, readPages, tellOfMore } from '../read-pages.ts';
import { openSession } from '../session.ts';
import { watchQuery } from '../watch-query.ts';

const DEFAULT_LIMIT = 100;

/** Longer than the hub's own time limit, so that its answer arrives. */
const TIMEOUT_SECONDS = LIMITS.querySeconds.value + 15;

export function addQueryCommand(program: Command): void {
  program
    .command('query <text>')
    .description('Print what a query finds: devices, or the properties that stand after SELECT.')
    .option('--limit <count>', `Stop after so many results. (default: ${DEFAULT_LIMIT})`, parseLimit)
    .addOption(
      new Option('--watch', 'Print what is found, then every device that enters (+), changes in (~) or leaves (-) the result.').conflicts(
        'limit',
      ),
    )
    .addOption(
      new Option('--explain', 'Run it for its first page and print how: its plan, the rows that were looked at, and the time.').conflicts(
        'watch',
      ),
    )
    .addHelpText(
      'after',
      `\nExample:\n  twinhub query "SELECT deviceId, properties.reported.firmware FROM devices WHERE tags.site = 'Bonn'"`,
    )
    .action(runQuery);
}

type QueryOptions = { readonly limit?: number; readonly watch?: true; readonly explain?: true };

async function runQuery(this: Command, text: string): Promise<void> {
  const { limit = DEFAULT_LIMIT, watch, explain } = this.opts<QueryOptions>();
  const { hub, json } = await openSession(this);
  if (watch) await watchQuery(hub, text, json);
  if (explain) return explainQuery(hub, { text, pageSize: limit, timeoutSeconds: TIMEOUT_SECONDS }, json);
  const call = { method: 'POST', path: '/devices/query', body: JSON.stringify({ query: text }), timeoutSeconds: TIMEOUT_SECONDS } as const;
  const results = await readPages(hub, call, limit);
  console.log(json ? JSON.stringify(results.items) : describeResults(results));
  tellOfMore(results, 'results');
}

function describeResults({ items, itemType }: Pages): string {
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
