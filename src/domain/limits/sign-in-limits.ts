// Limits of sign-ins, and of the policies whose keys sign for back ends.
import { KIB, type Limit } from './limit.ts';

export const SIGN_IN_LIMITS = {
  policies: {
    value: 16,
    unit: 'policies',
    meaning: 'shared access policies of a hub, the five of every hub among them',
    source: 'behaviour 2.2',
  },
  servicePolicies: { value: 10, unit: 'policies', meaning: 'shared access policies with ServiceConnect', source: 'behaviour 2.2' },
  policyNameChars: { value: 64, unit: 'characters', meaning: 'longest name of a shared access policy', source: 'twinhub' },
  policyBodyBytes: { value: 4 * KIB, unit: 'bytes', meaning: 'body of a policy PUT or rotation', source: 'twinhub' },
  verifiedTokens: {
    value: 1000,
    unit: 'tokens',
    meaning: 'tokens of back ends that the hub remembers as good',
    source: 'twinhub: about 1 MB',
  },
  verifiedTokenChars: { value: 512, unit: 'characters', meaning: 'longest token that it remembers', source: 'twinhub' },
  refusalsAtOnce: {
    value: 5,
    unit: 'refusals',
    meaning: 'refused sign-ins of one address as one identity that are answered at once; the answers to further ones wait',
    source: 'twinhub',
  },
  refusalFirstMs: {
    value: 500,
    unit: 'milliseconds',
    meaning: 'wait of the first answer that waits; it doubles each time',
    source: 'twinhub',
  },
  refusalLastMs: {
    value: 10_000,
    unit: 'milliseconds',
    meaning: 'longest such wait',
    source: 'twinhub: the SDK gives a connect 60 seconds (contract 1.1)',
  },
  refusalQuietSeconds: {
    value: 60,
    unit: 'seconds',
    meaning: 'time without a refusal after which those before are forgotten',
    source: 'twinhub: above the longest wait and the longest pause of the SDK together (contract 1.4)',
  },
  refusalsHeldPerIdentity: {
    value: 10,
    unit: 'answers',
    meaning: 'answers to refused sign-ins of one address as one identity that wait; further ones are not waited for',
    source: 'twinhub',
  },
  refusalsHeld: { value: 2000, unit: 'answers', meaning: 'answers to refused sign-ins that wait, on one node', source: 'twinhub' },
  refusedIdentities: {
    value: 10_000,
    unit: 'pairs',
    meaning: 'pairs of address and identity whose refusals are counted; the one refused longest ago is forgotten first',
    source: 'twinhub',
  },
  sasTokenChars: {
    value: 4096,
    unit: 'characters',
    meaning: 'longest SAS token',
    source: 'twinhub: far above the longest device id, percent-encoded',
  },
  connectionStringChars: { value: 4096, unit: 'characters', meaning: 'longest connection string', source: 'twinhub' },
} satisfies Record<string, Limit>;
