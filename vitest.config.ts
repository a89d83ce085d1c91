// How Vitest finds and runs the tests: every test lives under test/, in a folder that says what kind it is.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Every process that a test starts would strip the types of all sources and compile them anew, which took half of the time of such tests. Node.js
// keeps what it made of an unchanged file here; the tests' own processes and threads inherit the variable.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.cache/compiled', import.meta.url));

/** Tests that start whole hubs or drive the published SDKs; they may wait for real network round trips. */
const wholeHubTests = ['test/sdk/**/*.test.ts', 'test/scenarios/**/*.test.ts', 'test/hostile/**/*.test.ts', 'examples/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    globalSetup: 'test/support/postgres-for-all.ts',
    // A machine that is busy with something else is slow, not wrong.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: wholeHubTests, testTimeout: 30_000, hookTimeout: 30_000 },
      },
      {
        extends: true,
        test: { name: 'whole-hub', include: wholeHubTests, testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
