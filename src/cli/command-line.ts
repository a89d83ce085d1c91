// All commands together: reads the arguments, runs one command, and turns whatever goes wrong into a sentence and an exit code.
import { Command, CommanderError } from 'commander';
import { OPTIONS } from '../config/options.ts';
import { packageVersion } from '../system/package-version.ts';
import { describeFailure, EXIT_CODES } from './command-failure.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addCaCommands } from './commands/ca.ts';
import { addDeviceCommands } from './commands/device.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExecCommand } from './commands/exec.ts';
import { addIndexCommands } from './commands/twin-indexes.ts';
import { addJobCommands } from './commands/job.ts';
import { addMethodCommands } from './commands/method.ts';
import { addModuleCommands } from './commands/module.ts';
import { addPolicyCommands } from './commands/policy.ts';
import { addQueryCommand } from './commands/query.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStartCommand } from './commands/start.ts';
import { addTwinCommands } from './commands/twin.ts';

const EXAMPLES = `
Examples:
  twinhub start --https-port 8443 --mqtt-port 18883
  twinhub device create myDevice
  twinhub device connection-string myDevice
  twinhub policy connection-string service
  twinhub exec -- node app.js
  twinhub doctor
  twinhub method invoke myDevice reboot
  twinhub twin show myDevice
  twinhub job create lock-1 --method lockDoor --where "tags.floor = 1" --watch
  twinhub query "SELECT deviceId, tags.floor FROM devices WHERE tags.floor > 1"
  twinhub simulate --devices 100 --rate 10

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

/** Leaves the exit code in `process.exitCode`: other than 0 when the command failed; `exec` takes that of its app. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT_CODES.done : EXIT_CODES.wrongUsage;
      return;
    }
    const { text, exitCode } = describeFailure(error);
    console.error(`error: ${text}`);
    process.exitCode = exitCode;
  }
}

function createProgram(): Command {
  const { flag, value, env, meaning, default: standard } = OPTIONS.dataDir;
  const program = new Command('twinhub')
    .description('The IoT hub you run yourself, for apps written with the Azure SDKs.')
    .version(packageVersion, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand('help [command]', 'Print the help of a command.')
    .option('--json', 'Print exactly what the API answers.')
    .option('--connect <CONNECTION_STRING>', 'The hub to talk to, instead of the one that runs from the data dir. (env: TWINHUB_CONNECT)')
    .option('--ca <FILE>', 'PEM file with the CA of the hub, in place of those this machine trusts.')
    .option(`${flag} <${value}>`, `${meaning} (default: ${standard}, env: ${env})`)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for help)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  addStartCommand(program);
  addDeviceCommands(program);
  addModuleCommands(program);
  addPolicyCommands(program);
  addCaCommands(program);
  addTwinCommands(program);
  addMethodCommands(program);
  addJobCommands(program);
  addQueryCommand(program);
  addIndexCommands(program);
  addAuditCommands(program);
  addExecCommand(program);
  addDoctorCommand(program);
  addSimulateCommand(program);
  return program;
}
