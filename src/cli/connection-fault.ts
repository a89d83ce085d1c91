// What went wrong before a hub could answer, as a sentence with the way out.
import type { HubTarget } from './find-hub.ts';

const UNTRUSTED = new Set([
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

export function describeConnectionFault(error: unknown, { hostName, httpsPort, remedy }: HubTarget): string {
  const address = `${hostName}:${httpsPort}`;
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return `No hub answers at ${address}. ${remedy}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The host name ${hostName} is not known on this machine. Correct it, or add it to DNS or /etc/hosts.`;
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `The server at ${address} has no certificate for that name. Start the hub with --hostname ${hostName}, or use a name it has.`;
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return `The certificate of ${address} is not valid at this time. Compare the clocks, or renew the certificate.`;
  }
  if (code !== undefined && UNTRUSTED.has(code)) {
    return `The certificate of ${address} is not trusted. Name the hub's CA (ca.pem in its data dir) with --ca or NODE_EXTRA_CA_CERTS.`;
  }
  if (code === 'EPROTO') return `What listens at ${address} does not speak TLS. Check host name and port.`;
  return `The hub at ${address} cannot be reached (${error instanceof Error ? error.message : String(error)}). ${remedy}`;
}

/** Node.js tries every address of a name; the error of such a round wraps those of its tries, which agree as a rule. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError ? codeOf(error.errors[0]) : undefined;
}
