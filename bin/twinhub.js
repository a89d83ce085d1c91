#!/usr/bin/env node
// The installed command: refuses a Node.js that cannot run the hub, then hands over to the compiled command line.
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `twinhub needs Node.js 24 or newer and this is ${process.versions.node}: install a newer one (https://nodejs.org), or add it to this project with "npm install node@24" and run "npx twinhub" again.`,
  );
  process.exit(1);
}
// What V8 made of the code is kept for the next start, which takes two thirds of the time then. In a folder of the user's own: what stands in it
// is run. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
module.enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'twinhub'));
await import(new URL('../dist/cli/main.js', import.meta.url).href);
