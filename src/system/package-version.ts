// The version of this package, from its package.json, which stands at the same place beside sources and build.
import { createRequire } from 'node:module';

function readVersion(): string {
  const packageJson: unknown = createRequire(import.meta.url)('../../package.json');
  if (typeof packageJson === 'object' && packageJson !== null && 'version' in packageJson) return String(packageJson.version);
  throw new Error('package.json names no version');
}

export const packageVersion = readVersion();
