#!/usr/bin/env node
// The installed command: refuses a Node.js that cannot run the hub, then hands over to the compiled command line.
import module from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `twinhub needs Node.js 24 or newer and this is ${process.versions.node}: install a newer one (https://nodejs.org), or add it to this project with "npm install node@24" and run "npx twinhub" again.`,
  );
  process.exit(1);
}
// What V8 made of the code is kept for the next start, which takes two thirds of the time then. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
const { NODE_COMPILE_CACHE: given = '' } = process.env;
const folder = given === '' ? cacheFolder() : given;
if (folder) module.enableCompileCache(folder);
await import(new URL('../dist/cli/main.js', import.meta.url).href);

/** A folder of the user's own, since what stands in it is run: never one below where the command is started. `undefined` without a home. */
function cacheFolder() {
  const caches = [process.env['XDG_CACHE_HOME'] ?? '', join(home(), '.cache')].find((path) => isAbsolute(path));
  return caches && join(caches, 'twinhub');
}

function home() {
  try {
    return homedir();
  } catch {
    // A user without an entry in the system, and without HOME, as in some containers.
    return '';
  }
}
