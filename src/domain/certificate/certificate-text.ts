// The forms in which people send a certificate: PEM, or base64 of the bytes.
import { HubError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

const BLOCK = /-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The bytes of the one certificate in the text: PEM, base64 of DER, or base64 of PEM, which tools for the cloud service send. Whether they are
 * a certificate is not known yet. @throws HubError ArgumentInvalid.
 */
export function bytesOfCertificate(text: string): Uint8Array {
  const whole = bytesOf(text.trim());
  const inner =
    whole && new TextDecoder().decode(whole.subarray(0, PEM_START.length)) === PEM_START ? new TextDecoder().decode(whole) : text;
  if (!inner.includes(PEM_START)) return checked(whole);
  const [block, ...others] = [...inner.matchAll(BLOCK)];
  if (others.length > 0) throw invalid('There is more than one certificate in the text. Send each by itself.');
  return checked(block?.[1] === undefined ? undefined : bytesOf(block[1]));
}

const PEM_START = '-----BEGIN ';

function bytesOf(base64: string): Uint8Array | undefined {
  const text = base64.replaceAll(/\s/g, '');
  return BASE64.test(text) && text.length % 4 === 0 ? Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) : undefined;
}

function checked(bytes: Uint8Array | undefined): Uint8Array {
  if (!bytes) throw invalid('The text is no certificate. Send PEM, or base64 of DER.');
  if (bytes.length <= LIMITS.certificateBytes.value) return bytes;
  throw invalid(`The certificate is longer than ${LIMITS.certificateBytes.value} bytes.`);
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
