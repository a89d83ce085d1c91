// Who is calling: checks the tokens of back ends against policies, and tokens and certificates of devices against policies and identities.
import { checkPolicyAllows, type Permission, type Policy, type PolicyKey } from '../domain/access/policy.ts';
import { isExpired, parseSasToken, type SasToken, tokenCovers, tokenCoversIdentity } from '../domain/access/sas-token.ts';
import type { ClientCertificate } from '../domain/certificate/client-certificate.ts';
import { HubError } from '../domain/errors.ts';
import { keysOf } from '../domain/identity/authentication.ts';
import { addressOf, type IdentityId, isModuleId } from '../domain/identity/identity-id.ts';
import type { Identity } from '../domain/identity/module.ts';
import { signInEtag } from '../domain/identity/sign-in-etag.ts';
import type { SymmetricKeys } from '../domain/identity/symmetric-key.ts';
import { LIMITS } from '../domain/limits.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeviceStore } from '../ports/device-store.ts';
import type { ModuleStore } from '../ports/module-store.ts';
import type { Signer } from '../ports/signer.ts';
import type { CertificateProof, ClientCertificates, TrustAnchor } from './client-certificates.ts';
import type { Policies } from './policies.ts';
import { RecentMap } from './recent-map.ts';

/** A device or module that proved who it is. `etag` is its `signInEtag` when it did, `expiresAtMs` the end of its token or certificate. */
export type DevicePrincipal = IdentityId & {
  readonly etag: string;
  readonly expiresAtMs: number;
  /** What of the hub vouches for it: a policy that signed its token, or a CA that leads to its certificate. `undefined`: its identity alone. */
  readonly signedBy: PolicyKey | TrustAnchor | undefined;
};

/** Why a sign-in was refused, in one sentence for the log: it may say more than the device is told. */
export function reasonOf({ message, cause }: HubError): string {
  return cause instanceof HubError ? cause.message : message;
}

/** What an endpoint asks for, as `checkPolicyAllows` reads it. */
export type NeededPermissions = readonly (readonly Permission[])[];

type Dependencies = {
  readonly hostNames: readonly string[];
  readonly policies: Policies;
  readonly certificates: ClientCertificates;
  readonly devices: Pick<DeviceStore, 'readDevice'>;
  readonly modules: Pick<ModuleStore, 'readModule'>;
  readonly signer: Signer;
  readonly clock: Clock;
};

type Verified = { readonly token: SasToken; readonly policy: Policy };
type Remembered = { readonly token: SasToken; readonly signedBy: PolicyKey };

export class Access {
  readonly #hostNames: readonly string[];
  readonly #policies: Policies;
  readonly #certificates: ClientCertificates;
  readonly #devices: Dependencies['devices'];
  readonly #modules: Dependencies['modules'];
  readonly #signer: Signer;
  readonly #clock: Clock;
  /** By token. Those of devices are not kept: reading the device, which is needed anyway, costs more than checking its signature. */
  readonly #verified = new RecentMap<string, Remembered>(LIMITS.verifiedTokens.value);

  constructor(dependencies: Dependencies) {
    this.#hostNames = dependencies.hostNames;
    this.#policies = dependencies.policies;
    this.#certificates = dependencies.certificates;
    this.#devices = dependencies.devices;
    this.#modules = dependencies.modules;
    this.#signer = dependencies.signer;
    this.#clock = dependencies.clock;
  }

  /**
   * Checks the token of a back end for a path such as `/twins/x`. What the policy allows is for `checkPolicyAllows`.
   * @returns the policy that signed it. @throws HubError GenericUnauthorized without a token, IotHubUnauthorizedAccess for one that is no good.
   */
  authenticateService(tokenText: string | undefined, path: string): Policy {
    const given = required(tokenText);
    const { token, policy } = this.#verifiedBefore(given) ?? this.#verify(given);
    if (!tokenCovers(token, this.#hostNames, path)) throw refused('The token is for another resource than the one asked for.');
    return policy;
  }

  /**
   * Signs in a device or module: by a token, signed with one of its keys or by a policy with DeviceConnect, or, where it has none, by the
   * certificate that it showed. Each identity has one of the two ways (behaviour 2.4), but a policy signs for all of them. Whether an id, the
   * key, the certificate or the status of the device is wrong is not told apart (behaviour 2.3): why one was refused is for `reasonOf`.
   * @throws HubError GenericUnauthorized without any credential, IotHubUnauthorizedAccess for one that is no good.
   */
  async authenticateDevice(id: IdentityId, tokenText: string | undefined, certificate?: ClientCertificate): Promise<DevicePrincipal> {
    if (tokenText === undefined && certificate) return this.#signInByCertificate(id, certificate);
    const token = this.#readToken(required(tokenText));
    if (!tokenCoversIdentity(token, this.#hostNames, id)) throw signInRefused();
    const { identity, etag } = await this.#readEnabled(id);
    const key = toldAlike(() => this.#keyThatSigned(token, this.#signingKeys(token, identity)));
    const { policyName } = token;
    const signedBy = policyName === undefined ? undefined : { policyName, key };
    return { ...id, etag, expiresAtMs: token.expirySeconds * 1000, signedBy };
  }

  async #signInByCertificate(id: IdentityId, certificate: ClientCertificate): Promise<DevicePrincipal> {
    const { identity, etag } = await this.#readEnabled(id);
    try {
      const proof = await this.#checkCertificate(addressOf(id), identity, certificate);
      return { ...id, etag, ...proof };
    } catch (error) {
      throw asSignInRefusal(error);
    }
  }

  async #checkCertificate(name: string, { authentication }: Identity, certificate: ClientCertificate): Promise<CertificateProof> {
    switch (authentication.type) {
      case 'selfSigned':
        return this.#certificates.checkThumbprint(certificate, authentication.thumbprints);
      case 'certificateAuthority':
        return this.#certificates.checkChain(certificate, name);
      case 'sas':
      case 'none':
        throw refused(`A certificate is no way to sign in for an identity whose authentication is ${authentication.type}.`);
    }
  }

  async #readEnabled(id: IdentityId): Promise<{ readonly identity: Identity; readonly etag: string }> {
    const [device, module] = await Promise.all([
      this.#devices.readDevice(id.deviceId),
      isModuleId(id) ? this.#modules.readModule(id) : undefined,
    ]);
    if (!device || device.status === 'disabled') throw signInRefused();
    if (!isModuleId(id)) return { identity: device, etag: signInEtag(device) };
    if (!module) throw signInRefused();
    return { identity: module, etag: signInEtag(device, module) };
  }

  /** What is remembered counts only while the policy still has the very key that signed, so a change of the policy needs to tell nobody. */
  #verifiedBefore(tokenText: string): Verified | undefined {
    const known = this.#verified.get(tokenText);
    if (!known) return undefined;
    const policy = this.#policies.find(known.signedBy.policyName);
    const { key } = known.signedBy;
    const stillGood = policy && (key === policy.keys.primaryKey || key === policy.keys.secondaryKey);
    if (stillGood && !isExpired(known.token, this.#clock.nowMs())) return { token: known.token, policy };
    this.#verified.delete(tokenText);
    return undefined;
  }

  #verify(tokenText: string): Verified {
    const token = this.#readToken(tokenText);
    const policy = token.policyName === undefined ? undefined : this.#policies.find(token.policyName);
    if (!policy) throw refused('The token names no shared access policy of this hub.');
    const key = this.#keyThatSigned(token, policy.keys);
    if (tokenText.length <= LIMITS.verifiedTokenChars.value) {
      this.#verified.set(tokenText, { token, signedBy: { policyName: policy.name, key } });
    }
    return { token, policy };
  }

  #signingKeys(token: SasToken, { authentication }: Identity): SymmetricKeys {
    if (token.policyName === undefined) {
      const keys = keysOf(authentication);
      if (!keys) throw signInRefused();
      return keys;
    }
    const policy = this.#policies.find(token.policyName);
    if (!policy) throw signInRefused();
    checkPolicyAllows(policy, [['DeviceConnect']]);
    return policy.keys;
  }

  #readToken(text: string): SasToken {
    const token = parseSasToken(text);
    if (isExpired(token, this.#clock.nowMs())) throw refused('The token has expired. Compare the clocks, then send a new one.');
    return token;
  }

  #keyThatSigned({ signedText, signature }: SasToken, { primaryKey, secondaryKey }: SymmetricKeys): string {
    if (this.#signer.verify(primaryKey, signedText, signature)) return primaryKey;
    if (this.#signer.verify(secondaryKey, signedText, signature)) return secondaryKey;
    throw refused('The signature of the token does not fit its key.');
  }
}

function required(tokenText: string | undefined): string {
  if (tokenText === undefined) throw new HubError('GenericUnauthorized', 'Authorization header missing.');
  return tokenText;
}

function refused(message: string): HubError {
  return new HubError('IotHubUnauthorizedAccess', message);
}

/** @throws as `check`, but a refusal does not tell that there is such an identity. */
function toldAlike<Value>(check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    throw asSignInRefusal(error);
  }
}

function asSignInRefusal(error: unknown): unknown {
  return error instanceof HubError && error.code === 'IotHubUnauthorizedAccess' ? signInRefused(error) : error;
}

/** @param reason what was wrong, for the log alone. */
function signInRefused(reason?: HubError): HubError {
  const message = 'Authentication failed for this device, renew token or certificate and reconnect.';
  return new HubError('IotHubUnauthorizedAccess', message, { cause: reason });
}
