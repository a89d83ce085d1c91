// Where a hub, or the floor that stands in for one, is reached, and the tokens that it takes.
import { createHmac, createSecretKey } from 'node:crypto';

export type Endpoint = {
  readonly hostName: string;
  readonly httpsPort: number;
  readonly mqttPort: number;
  readonly caPem: string;
};

/** One day: no token ends while it is measured. */
const LIFETIME_SECONDS = 24 * 3600;

export type TokenSource = { readonly resource: string; readonly key: string; readonly policyName?: string };

/** Makes tokens of which no two are the same, as back ends send them that sign each call. @param source `key` is base64. */
export function tokenMaker({ resource, key, policyName }: TokenSource): () => string {
  const secret = createSecretKey(Buffer.from(key, 'base64'));
  const policy = policyName === undefined ? '' : `&skn=${policyName}`;
  let expiry = Math.ceil(Date.now() / 1000) + LIFETIME_SECONDS;
  return () => {
    expiry += 1;
    const signature = createHmac('sha256', secret).update(`${resource}\n${expiry}`).digest('base64');
    return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}${policy}&se=${expiry}`;
  };
}
