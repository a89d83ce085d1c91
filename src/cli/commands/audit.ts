// `twinhub audit …`: who changed what, when and from where.
import type { Command } from 'commander';
import type { JsonValue } from '../../domain/json.ts';
import { table, textAt } from '../output.ts';
import { type Pages, parseLimit, readPages, tellOfMore } from '../read-pages.ts';
import { openSession } from '../session.ts';

const DEFAULT_LIMIT = 50;

type ListOptions = {
  readonly target?: string;
  readonly action?: string;
  readonly policy?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
};

const NOTES = `
TARGET is DEVICE/MODULE for a module.
VERSION tells what was there before and after: etags of devices, modules and CAs, versions of twins, states of jobs;
policies have none.
What devices report of themselves is not audited, and a job is one entry, whatever the number of its devices.

Examples:
  twinhub audit list --target lamp
  twinhub audit list --action device. --since 2026-01-31T00:00:00Z`;

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('Show who changed what, when and from where.');
  audit
    .command('list')
    .description('List the newest writes that back ends and operators made.')
    .option('--target <id>', 'Only those of this device, module, job, policy or CA.')
    .option('--action <name>', 'Only this action, such as twin.patch, or all that begin so, such as device.')
    .option('--policy <name>', 'Only those made with this shared access policy.')
    .option('--since <time>', 'Only those from this ISO-8601 time on.')
    .option('--until <time>', 'Only those before this ISO-8601 time.')
    .option('--limit <count>', `Stop after so many entries. (default: ${DEFAULT_LIMIT})`, parseLimit)
    .addHelpText('after', NOTES)
    .action(listAudit);
}

async function listAudit(this: Command): Promise<void> {
  const { limit = DEFAULT_LIMIT, ...filter } = this.opts<ListOptions>();
  const { hub, json } = await openSession(this);
  const pages = await readPages(hub, { method: 'GET', path: '/hub/audit', query: filter }, limit);
  console.log(json ? JSON.stringify(pages.items) : describeEntries(pages));
  tellOfMore(pages, 'entries');
}

function describeEntries({ items }: Pages): string {
  if (items.length === 0) return 'No writes were found.';
  const rows = items.map((entry) => [
    textAt(entry, 'time'),
    textAt(entry, 'action'),
    textAt(entry, 'target'),
    whoOf(entry),
    textAt(entry, 'source'),
    versionsOf(entry),
    textAt(entry, 'detail'),
  ]);
  return table(['TIME', 'ACTION', 'TARGET', 'POLICY', 'FROM', 'VERSION', 'DETAIL'], rows);
}

/** Writes of the process that holds the hub are made without a policy. */
function whoOf(entry: JsonValue): string {
  return textAt(entry, 'policy') || '(the hub)';
}

/** Policies have no versions. */
function versionsOf(entry: JsonValue): string {
  const [before, after] = [textAt(entry, 'before'), textAt(entry, 'after')];
  return before === '' && after === '' ? '' : `${before || '-'} > ${after || '-'}`;
}
