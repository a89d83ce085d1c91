// `twinhub index …`: indexes on paths of twins, with which queries need not look at every twin.
import type { Command } from 'commander';
import type { JsonValue } from '../../domain/json.ts';
import { segment } from '../hub-client.ts';
import { listOf, numberAt, pairs, printAnswer, table, textAt } from '../output.ts';
import { openSession } from '../session.ts';
import { watchIndex } from '../watch-index.ts';

const CREATE_HELP = `
PATH is a property below tags, properties.desired or properties.reported, as in a query. In front of it, devices.modules. means
twins of modules. Writes go on while an index is built; a hub that is stopped goes on with it at its next start.

Examples:
  twinhub index create tags.site
  twinhub index create properties.reported.firmware.version
  twinhub index create 'devices.modules.tags.[[my-key]]'`;

const LIST_HELP = `
WRITE is what one entry took to write while the index was built, in microseconds. Each new twin, and each change of the value, costs as much;
other changes of the section cost a look at the value.`;

const SUGGEST_HELP = `
All counts are since the hub was started. SAVED estimates how many of the SECONDS an index on the path would have saved at most. An index makes
writes dearer; 'twinhub index list' shows by how much.`;

export function addIndexCommands(program: Command): void {
  const index = program.command('index').description('Look after indexes on paths of twins, which make queries fast.');
  index
    .command('create <path>')
    .description('Make an index on a path, and wait until it is built.')
    .option('--no-wait', 'Leave it to the hub to build the index.')
    .addHelpText('after', CREATE_HELP)
    .action(createIndex);
  index
    .command('list')
    .description('List the indexes, how large they are, and what they cost.')
    .addHelpText('after', LIST_HELP)
    .action(listIndexes);
  index
    .command('suggest')
    .description('List paths that queries looked for without an index, that of which an index would have saved most first.')
    .addHelpText('after', SUGGEST_HELP)
    .action(suggestIndexes);
  index.command('show <path>').description('Show an index.').action(showIndex);
  index.command('drop <path>').description('Drop an index. Queries look at every twin again.').action(dropIndex);
}

async function createIndex(this: Command, path: string): Promise<void> {
  const { wait } = this.opts<{ readonly wait: boolean }>();
  const { hub, json } = await openSession(this);
  const made = await hub.send({ method: 'PUT', path: indexPath(path) });
  const answer = wait ? await watchIndex(() => hub.send({ method: 'GET', path: indexPath(path) }), json) : made;
  printAnswer(answer, json, describeIndex);
}

async function listIndexes(this: Command): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: '/hub/indexes' }), json, (value) => {
    const all = listOf(value);
    if (all.length === 0) return 'No indexes. Make one with `twinhub index create PATH`.';
    const rows = all.map((index) => [
      textAt(index, 'path'),
      stateOf(index),
      textAt(index, 'entries'),
      describeBytes(numberAt(index, 'bytes')),
      writeCostOf(index),
      textAt(index, 'madeBy'),
      textAt(index, 'createdTime'),
    ]);
    return table(['PATH', 'STATE', 'ENTRIES', 'SIZE', 'WRITE', 'BY', 'CREATED'], rows);
  });
}

async function suggestIndexes(this: Command): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: '/hub/queries/scans' }), json, (value) => {
    const all = listOf(value);
    if (all.length === 0) return 'No query has looked at many twins without an index that could have helped.';
    const columns = ['path', 'queries', 'rowsScanned', 'seconds', 'estimatedSavedSeconds', 'lastTime'];
    const rows = all.map((scan) => columns.map((column) => textAt(scan, column)));
    return table(['PATH', 'QUERIES', 'ROWS', 'SECONDS', 'SAVED', 'LAST'], rows);
  });
}

async function showIndex(this: Command, path: string): Promise<void> {
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: indexPath(path) }), json, describeIndex);
}

async function dropIndex(this: Command, path: string): Promise<void> {
  const { hub, json } = await openSession(this);
  const answer = await hub.send({ method: 'DELETE', path: indexPath(path) });
  printAnswer(answer, json, () => `Dropped the index on ${path}. Its room is given back within some minutes.`);
}

function describeIndex(index: JsonValue | undefined): string {
  return pairs([
    ['path', textAt(index, 'path')],
    ['of', textAt(index, 'collection')],
    ['state', stateOf(index)],
    ['entries', textAt(index, 'entries')],
    ['size', describeBytes(numberAt(index, 'bytes'))],
    ['write', writeCostOf(index)],
    ['made by', textAt(index, 'madeBy')],
    ['created', textAt(index, 'createdTime')],
  ]);
}

function stateOf(index: JsonValue | undefined): string {
  const state = textAt(index, 'state');
  return state === 'building' ? `building, ${numberAt(index, 'twins')} of ${numberAt(index, 'totalTwins')} twins` : state;
}

function writeCostOf(index: JsonValue | undefined): string {
  const cost = textAt(index, 'entryMicroseconds');
  return cost === '' ? '' : `${cost} µs`;
}

const MIB = 1024 * 1024;

function describeBytes(bytes: number): string {
  return bytes < MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}

function indexPath(path: string): string {
  return `/hub/indexes/${segment(path)}`;
}
