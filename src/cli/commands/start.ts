// `twinhub start`: its flags, made from the table of options.
import { Option, type Command } from 'commander';
import { loadConfig } from '../../config/load-config.ts';
import { OPTIONS, type OptionFlags } from '../../config/options.ts';

export function addStartCommand(program: Command): void {
  const start = program.command('start').description('Run a hub until it gets SIGINT or SIGTERM.').action(startHub);
  for (const option of startOptions()) start.addOption(option);
}

/** The global --data-dir is not repeated. */
function startOptions(): readonly Option[] {
  const { dataDir: _, ...options } = OPTIONS;
  return Object.values(options).map(({ flag, value, env, meaning, repeats, default: standard }) => {
    const notes = [repeats ? 'repeatable' : '', standard === undefined ? '' : `default: ${standard}`, `env: ${env}`].filter(Boolean);
    const option = new Option(`${flag} <${value}>`, `${meaning} (${notes.join(', ')})`);
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
