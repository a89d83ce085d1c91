// Limits of certificates: the CAs of the hub, what clients show, and what the command line makes.
import { KIB, type Limit } from './limit.ts';

export const CERTIFICATE_LIMITS = {
  caCertificates: { value: 25, unit: 'certificates', meaning: 'CA certificates of a hub', source: 'behaviour 2.4' },
  caCertificateNameChars: { value: 64, unit: 'characters', meaning: 'longest name of a CA certificate', source: 'twinhub' },
  caCertificateBodyBytes: {
    value: 48 * KIB,
    unit: 'bytes',
    meaning: 'body of a CA certificate PUT or verification',
    source: 'twinhub: the longest certificate as base64 of PEM',
  },
  certificateBytes: { value: 16 * KIB, unit: 'bytes', meaning: 'longest certificate, DER', source: 'twinhub' },
  certificateChain: {
    value: 10,
    unit: 'certificates',
    meaning: 'certificates that a client may send, its own among them',
    source: 'twinhub: TLS itself takes up to 100 KiB of them',
  },
  intermediatesKnown: {
    value: 100,
    unit: 'certificates',
    meaning: 'intermediate CAs that the hub remembers, for clients that resume a session of TLS',
    source: 'twinhub: a fleet has few',
  },
  verificationCodeBytes: { value: 24, unit: 'bytes', meaning: 'random bytes of a verification code of a CA', source: 'twinhub' },
  deviceCertificateDays: {
    value: 365,
    unit: 'days',
    meaning: 'life of a certificate that `twinhub device cert` makes, unless told otherwise',
    source: 'twinhub',
  },
  commonNameChars: {
    value: 64,
    unit: 'characters',
    meaning: 'longest common name in a certificate that twinhub makes',
    source: 'RFC 5280, appendix A.1',
  },
} satisfies Record<string, Limit>;
