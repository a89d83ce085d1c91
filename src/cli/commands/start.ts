// `twinhub start`: its flags, made from the table of options.
import { Option, type Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { type OptionFlags, type OptionName, OPTIONS } from '../../config/options.ts';

/** --data-dir is one of every command. */
const OWN_OPTIONS = (Object.keys(OPTIONS) as OptionName[]).filter((name) => name !== 'dataDir');

export function addStartCommand(program: Command): void {
  const start = program.command('start').description('Run a hub until it gets SIGINT or SIGTERM.').action(startHub);
  for (const option of startOptions(OWN_OPTIONS)) start.addOption(option);
}

/** The flags of these options, for a command. */
export function startOptions(names: readonly OptionName[]): readonly Option[] {
  return names.map((name) => {
    const { flag, value, env, meaning, repeats, default: standard } = OPTIONS[name];
    const notes = [repeats ? 'repeatable' : '', standard === undefined ? '' : `default: ${standard}`, `env: ${env}`].filter(Boolean);
    const description = `${meaning} (${notes.join(', ')})`;
    if (value === '') return new Option(flag, description).preset('true');
    const option = new Option(`${flag} <${value}>`, description);
    return repeats ? option.argParser((text: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), text]) : option;
  });
}

async function startHub(this: Command): Promise<void> {
  const { json, ...flags } = this.optsWithGlobals<OptionFlags & { readonly json?: true }>();
  const config = loadConfig({ flags, env: process.env });
  // Loaded here, since the parts of a hub would make every other command start slowly.
  const { runHub } = await import('../run-hub.ts');
  await runHub(config, json === true);
}
