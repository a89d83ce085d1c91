// Which ids a device may have.
import { HubError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** Behaviour 1.2. Ids are case-sensitive. */
const DEVICE_ID = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']+$/;

/** @returns the id. @throws HubError ArgumentInvalid when it is empty, too long or holds another character than the service allows. */
export function checkDeviceId(id: string): string {
  const maxChars = LIMITS.deviceIdChars.value;
  if (id.length > maxChars) throw new HubError('ArgumentInvalid', `A device id has at most ${maxChars} characters.`);
  if (!DEVICE_ID.test(id)) {
    throw new HubError(
      'ArgumentInvalid',
      `The device id '${id}' is not valid. It may hold ASCII letters, digits and - : . + % _ # * ? ! ( ) , = @ $ ' and semicolons.`,
    );
  }
  return id;
}
