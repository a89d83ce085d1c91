// The public API of the package.
export { startHub, type StartedHub, type StartHubOptions } from './start-hub.ts';
export { HubError, type ErrorCode } from './domain/errors.ts';
export { SetupError } from './domain/setup-error.ts';
export type { Clock, Timer } from './ports/clock.ts';
