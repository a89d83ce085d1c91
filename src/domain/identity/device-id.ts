// Which ids a device and a module may have.
import { HubError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** Behaviour 1.2. Ids are case-sensitive. */
const ID = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']+$/;

/** @returns the id. @throws HubError ArgumentInvalid when it is empty, too long or holds another character than the service allows. */
export function checkDeviceId(id: string): string {
  return checkId(id, 'device');
}

/** As for a device. @throws HubError ArgumentInvalid. */
export function checkModuleId(id: string): string {
  return checkId(id, 'module');
}

function checkId(id: string, what: 'device' | 'module'): string {
  const maxChars = LIMITS.deviceIdChars.value;
  if (id.length > maxChars) throw new HubError('ArgumentInvalid', `A ${what} id has at most ${maxChars} characters.`);
  if (!ID.test(id)) {
    throw new HubError(
      'ArgumentInvalid',
      `The ${what} id '${id}' is not valid. It may hold ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ $ ' and semicolons.`,
    );
  }
  return id;
}
