// Who is calling: checks the tokens of back ends against policies and those of devices against policies and device keys.
import { checkPolicyAllows, type Permission, type Policy } from '../domain/access/policy.ts';
import { isExpired, parseSasToken, type SasToken, tokenCovers, tokenCoversDevice } from '../domain/access/sas-token.ts';
import { HubError } from '../domain/errors.ts';
import type { Device, SymmetricKeys } from '../domain/identity/device.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { Signer } from '../ports/signer.ts';

/** A device that proved who it is. `etag` is that of its identity when it did, `expiresAtMs` the end of its token. */
export type DevicePrincipal = { readonly deviceId: string; readonly etag: string; readonly expiresAtMs: number };

/** What an endpoint asks for, as `checkPolicyAllows` reads it. */
export type NeededPermissions = readonly (readonly Permission[])[];

type Dependencies = {
  readonly hostNames: readonly string[];
  readonly policies: readonly Policy[];
  readonly devices: DeviceStore;
  readonly signer: Signer;
  readonly clock: Clock;
};

export class Access {
  readonly #hostNames: readonly string[];
  readonly #policies: ReadonlyMap<string, Policy>;
  readonly #devices: DeviceStore;
  readonly #signer: Signer;
  readonly #clock: Clock;

  constructor(dependencies: Dependencies) {
    this.#hostNames = dependencies.hostNames;
    this.#policies = new Map(dependencies.policies.map((policy) => [policy.name, policy]));
    this.#devices = dependencies.devices;
    this.#signer = dependencies.signer;
    this.#clock = dependencies.clock;
  }

  /**
   * Checks the token of a back end for a path such as `/twins/x`. @returns the policy that signed it.
   * @throws HubError GenericUnauthorized without a token, IotHubUnauthorizedAccess for one that does not allow the call.
   */
  authorizeService(tokenText: string | undefined, path: string, needed: NeededPermissions): Policy {
    if (tokenText === undefined) throw new HubError('GenericUnauthorized', 'Authorization header missing.');
    const token = this.#readToken(tokenText);
    const policy = token.policyName === undefined ? undefined : this.#policies.get(token.policyName);
    if (!policy) throw refused('The token names no shared access policy of this hub.');
    this.#checkSignature(token, policy.keys);
    if (!tokenCovers(token, this.#hostNames, path)) throw refused('The token is for another resource than the one asked for.');
    checkPolicyAllows(policy, needed);
    return policy;
  }

  /**
   * Checks the token of a device, signed with one of its keys or by a policy with DeviceConnect. Whether the id, the key or the status is
   * wrong is not told apart (behaviour 2.3). @throws HubError IotHubUnauthorizedAccess.
   */
  async authenticateDevice(deviceId: string, tokenText: string): Promise<DevicePrincipal> {
    const token = this.#readToken(tokenText);
    if (!tokenCoversDevice(token, this.#hostNames, deviceId)) throw signInRefused();
    const device = await this.#devices.readDevice(deviceId);
    if (!device || device.status === 'disabled') throw signInRefused();
    this.#checkSignature(token, this.#deviceSigningKeys(token, device));
    return { deviceId, etag: device.etag, expiresAtMs: token.expirySeconds * 1000 };
  }

  #deviceSigningKeys(token: SasToken, device: Device): SymmetricKeys {
    if (token.policyName === undefined) return device.keys;
    const policy = this.#policies.get(token.policyName);
    if (!policy) throw signInRefused();
    checkPolicyAllows(policy, [['DeviceConnect']]);
    return policy.keys;
  }

  #readToken(text: string): SasToken {
    const token = parseSasToken(text);
    if (isExpired(token, this.#clock.nowMs())) throw refused('The token has expired. Compare the clocks, then send a new one.');
    return token;
  }

  #checkSignature(token: SasToken, keys: SymmetricKeys): void {
    const { signedText, signature } = token;
    if (this.#signer.verify(keys.primaryKey, signedText, signature)) return;
    if (this.#signer.verify(keys.secondaryKey, signedText, signature)) return;
    throw refused('The signature of the token does not fit its key.');
  }
}

function refused(message: string): HubError {
  return new HubError('IotHubUnauthorizedAccess', message);
}

function signInRefused(): HubError {
  return refused('Authentication failed for this device, renew token or certificate and reconnect.');
}
