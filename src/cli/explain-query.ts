// Asks the hub how it runs a query, and says that in lines.
import { isJsonObject, type JsonValue } from '../domain/json.ts';
import type { HubClient } from './hub-client.ts';
import { listOf, numberAt, pairs, printAnswer, textAt, valueAt } from './output.ts';

type QueryToExplain = { readonly text: string; readonly pageSize: number; readonly timeoutSeconds: number };

/** @param json whether the answer of the hub is printed as it is. @throws CommandFailure as `HubClient.send`. */
export async function explainQuery(hub: HubClient, { text, pageSize, timeoutSeconds }: QueryToExplain, json: boolean): Promise<void> {
  const answer = await hub.send({
    method: 'POST',
    path: '/hub/queries/explain',
    body: JSON.stringify({ query: text }),
    page: { size: pageSize, continuation: undefined },
    timeoutSeconds,
  });
  printAnswer(answer, json, describe);
}

function describe(explanation: JsonValue | undefined): string {
  const from = textAt(explanation, 'from');
  const steps = listOf(valueAt(explanation, 'plan'));
  const indexes = listOf(valueAt(explanation, 'indexes')).map((path) => textAt(path));
  const advice = listOf(valueAt(explanation, 'indexAdvice')).map((path) => textAt(path));
  const lines = pairs([
    ['Plan', steps.map((step) => describeStep(step, from)).join(', then ')],
    ['Index used', indexes.length === 0 ? 'none' : indexes.join(', ')],
    ['Rows scanned', String(numberAt(explanation, 'rowsScanned'))],
    ['Rows returned', String(numberAt(explanation, 'rowsReturned'))],
    ['Time', `${numberAt(explanation, 'milliseconds').toFixed(1)} ms`],
    ['Advice', advice.map((path) => `create an index: twinhub index create ${quoted(path)}`).join(', or ')],
  ]);
  const plan = listOf(valueAt(explanation, 'database', 'plan')).map((line) => `  ${textAt(line)}`);
  return [lines, '', `Plan of ${textAt(explanation, 'database', 'name')}:`, ...plan].join('\n');
}

/** For a shell, where it has to be. */
function quoted(path: string): string {
  return /^[\w.]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function describeStep(step: JsonValue, from: string): string {
  const kind = isJsonObject(step) ? textAt(step, 'step') : '';
  switch (kind) {
    case 'lookup':
      return 'lookup by ids';
    case 'index':
      return `index on ${textAt(step, 'path')}`;
    case 'scan':
      return `scan of ${from}`;
    default:
      return kind;
  }
}
