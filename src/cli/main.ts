// Where the `twinhub` command begins.
import { runCommandLine } from './command-line.ts';

// Whoever reads the output may stop reading, as `head` does.
process.stdout.on('error', () => process.exit());

await runCommandLine(process.argv.slice(2));
