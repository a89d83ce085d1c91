// `twinhub twin …`: twins of devices and modules, as a back end sees them.
import type { Command } from 'commander';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import { readJsonText } from '../input.ts';
import { indentedJson, pairs, printAnswer, textAt, valueAt } from '../output.ts';
import { openSession } from '../session.ts';
import { type ModuleOption, twinPath, withModuleOption } from '../twin-path.ts';

export function addTwinCommands(program: Command): void {
  const twin = program.command('twin').description('Read and change twins of devices and modules.');
  withModuleOption(twin.command('show <id>')).description('Show the twin of a device. With --json: also its metadata.').action(showTwin);
  withModuleOption(twin.command('patch <id> <json>'))
    .description('Merge a patch into tags and desired properties. It is JSON, @FILE, or - for standard input.')
    .option('--etag <etag>', 'Only while the twin has this etag.')
    .addHelpText('after', `\nExample:\n  twinhub twin patch myDevice '{"tags":{"floor":1},"properties":{"desired":{"interval":5}}}'`)
    .action(patchTwin);
}

async function showTwin(this: Command, deviceId: string): Promise<void> {
  const { module: moduleId } = this.opts<ModuleOption>();
  const { hub, json } = await openSession(this);
  printAnswer(await hub.send({ method: 'GET', path: twinPath({ deviceId, moduleId }) }), json, describeTwin);
}

async function patchTwin(this: Command, deviceId: string, patch: string): Promise<void> {
  const options = this.opts<ModuleOption & { readonly etag?: string }>();
  const body = await readJsonText(patch);
  const { hub, json } = await openSession(this);
  const path = twinPath({ deviceId, moduleId: options.module });
  printAnswer(await hub.send({ method: 'PATCH', path, body, ifMatch: options.etag ?? '*' }), json, describeTwin);
}

function describeTwin(twin: JsonValue | undefined): string {
  const head = pairs([
    ['device', textAt(twin, 'deviceId')],
    ['module', textAt(twin, 'moduleId')],
    ['status', textAt(twin, 'status')],
    ['connection', textAt(twin, 'connectionState')],
    ['etag', textAt(twin, 'etag')],
    ['version', textAt(twin, 'version')],
  ]);
  const sections = [
    `tags\n${indentedJson(valueAt(twin, 'tags') ?? {}, '  ')}`,
    describeSection('desired', valueAt(twin, 'properties', 'desired')),
    describeSection('reported', valueAt(twin, 'properties', 'reported')),
  ];
  return [head, ...sections].join('\n\n');
}

function describeSection(name: string, section: JsonValue | undefined): string {
  const { $version, $metadata: _, ...properties }: JsonObject = isJsonObject(section) ? section : {};
  return `${name}, version ${textAt($version)}\n${indentedJson(properties, '  ')}`;
}
