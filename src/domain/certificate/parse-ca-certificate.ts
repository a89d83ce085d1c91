// The names and bodies of the calls about CA certificates, turned into what the caller may set.
import { HubError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json.ts';
import { LIMITS } from '../limits.ts';
import { bytesOfCertificate } from './certificate-text.ts';

/** `der` is not known to be a certificate yet. `isVerified` is absent where the caller leaves that to the rules. */
export type CaCertificateSpec = { readonly name: string; readonly der: Uint8Array; readonly isVerified: boolean | undefined };

/** Names stand in paths and file names, and none is `.` or `..`. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Reads `{"certificate":"…","isVerified":true}`. @param name as in the path; case-sensitive. @throws HubError ArgumentInvalid. */
export function parseCaCertificateSpec(name: string, body: JsonValue): CaCertificateSpec {
  if (name.length > LIMITS.caCertificateNameChars.value || !NAME.test(name)) {
    throw invalid(
      `'${name}' cannot be the name of a CA certificate. It has 1 to ${LIMITS.caCertificateNameChars.value} ASCII letters, digits, '.', '_' and '-', and begins with a letter or digit.`,
    );
  }
  const isVerified = isJsonObject(body) ? (ownValue(body, 'isVerified') ?? undefined) : undefined;
  if (isVerified !== undefined && typeof isVerified !== 'boolean') throw invalid(`'isVerified' must be true or false.`);
  return { name, der: parseCertificate(body), isVerified };
}

/** Reads `{"certificate":"…"}`. @throws HubError ArgumentInvalid. */
export function parseCertificate(body: JsonValue): Uint8Array {
  const certificate = ownValue(objectOf(body), 'certificate');
  if (typeof certificate === 'string') return bytesOfCertificate(certificate);
  throw invalid(`'certificate' must be the text of a certificate: PEM, or base64 of DER.`);
}

function objectOf(body: JsonValue): JsonObject {
  if (isJsonObject(body)) return body;
  throw invalid(`The body must be a JSON object with the field 'certificate'.`);
}

function invalid(message: string): HubError {
  return new HubError('ArgumentInvalid', message);
}
