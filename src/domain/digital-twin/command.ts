// A command of a digital twin, which is a direct method of its device.
import { HubError } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import { checkMethodName, type DirectMethodCall, parseDirectMethodCall } from '../method/direct-method.ts';

/** Timeouts are the texts of query parameters, in seconds; an empty one counts as absent. */
type CommandRequest = {
  /** `undefined` for a command of the root. */
  readonly component: string | undefined;
  readonly command: string;
  readonly payload: JsonValue;
  readonly connectTimeout: string | undefined;
  readonly responseTimeout: string | undefined;
};

/**
 * Devices know a command of a component as the method `component*command` (live facts, Digital twins). Timeouts and payload have the rules of
 * direct methods. @throws HubError ArgumentInvalid that names the value, MessageTooLarge for the payload.
 */
export function parseCommand({ component, command, payload, connectTimeout, responseTimeout }: CommandRequest): DirectMethodCall {
  if (component === '') throw new HubError('ArgumentInvalid', 'The path names no component. Call /digitaltwins/{id}/commands/{command}.');
  const methodName = component === undefined ? command : `${component}*${command}`;
  checkMethodName(methodName, 'The name of the command, COMPONENT*COMMAND for one of a component,');
  return parseDirectMethodCall({
    methodName,
    payload,
    connectTimeoutInSeconds: parseSeconds('connectTimeoutInSeconds', connectTimeout),
    responseTimeoutInSeconds: parseSeconds('responseTimeoutInSeconds', responseTimeout),
  });
}

function parseSeconds(parameter: string, text: string | undefined): number | null {
  if (text === undefined || text === '') return null;
  if (!/^-?\d{1,9}$/.test(text)) throw new HubError('ArgumentInvalid', `${parameter} must be a whole number of seconds.`);
  return Number(text);
}
