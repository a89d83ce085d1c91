#!/usr/bin/env node
// The installed command: refuses a Node.js that cannot run the hub, then hands over to the compiled command line.

const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `twinhub needs Node.js 24 or newer and this is ${process.versions.node}: install a newer one (https://nodejs.org), or add it to this project with "npm install node@24" and run "npx twinhub" again.`,
  );
  process.exit(1);
}
await import(new URL('../dist/cli/main.js', import.meta.url).href);
