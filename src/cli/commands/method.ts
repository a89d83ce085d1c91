// `twinhub method …`: direct methods.
import { InvalidArgumentError, type Command } from 'commander';
import type { JsonValue } from '../../domain/json.ts';
import { LIMITS } from '../../domain/limits.ts';
import { readJsonText } from '../input.ts';
import { indentedJson, printAnswer, textAt, valueAt } from '../output.ts';
import { openSession } from '../session.ts';
import { type ModuleOption, twinPath, withModuleOption } from '../twin-path.ts';

type InvokeOptions = ModuleOption & { readonly payload?: string; readonly responseTimeout?: number; readonly connectTimeout?: number };

/** How much longer than the hub's own timeouts an answer may take on its way. */
const MARGIN_SECONDS = 15;
const DEFAULT_RESPONSE_SECONDS = LIMITS.methodResponseTimeoutDefaultSeconds.value;

export function addMethodCommands(program: Command): void {
  const method = program.command('method').description('Call direct methods of connected devices and modules.');
  withModuleOption(method.command('invoke <id> <name>'))
    .description('Call a method and print the status and payload that the device answers.')
    .option('--payload <json>', 'JSON, @FILE, or - for standard input. (default: null)')
    .option('--response-timeout <seconds>', `How long the device may take. (default: ${DEFAULT_RESPONSE_SECONDS})`, parseSeconds)
    .option('--connect-timeout <seconds>', 'How long to wait for a device that is not connected. (default: 0)', parseSeconds)
    .addHelpText('after', `\nExample:\n  twinhub method invoke myDevice reboot --payload '{"delay":5}' --response-timeout 10`)
    .action(invokeMethod);
}

async function invokeMethod(this: Command, deviceId: string, methodName: string): Promise<void> {
  const options = this.opts<InvokeOptions>();
  const payload = options.payload === undefined ? 'null' : await readJsonText(options.payload);
  const { responseTimeout: responseTimeoutInSeconds, connectTimeout: connectTimeoutInSeconds } = options;
  const { hub, json } = await openSession(this);
  const others = JSON.stringify({ methodName, responseTimeoutInSeconds, connectTimeoutInSeconds });
  // The payload goes in as text, so that no number in it changes.
  const body = `${others.slice(0, -1)},"payload":${payload}}`;
  const timeoutSeconds = (responseTimeoutInSeconds ?? DEFAULT_RESPONSE_SECONDS) + (connectTimeoutInSeconds ?? 0) + MARGIN_SECONDS;
  printAnswer(
    await hub.send({ method: 'POST', path: `${twinPath({ deviceId, moduleId: options.module })}/methods`, body, timeoutSeconds }),
    json,
    describeReply,
  );
}

function describeReply(reply: JsonValue | undefined): string {
  return `status ${textAt(reply, 'status')}\n${indentedJson(valueAt(reply, 'payload'))}`;
}

function parseSeconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is no whole number of seconds.');
  return Number(text);
}
