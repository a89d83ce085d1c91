// Every limit of the hub, from the tables of each area; docs/limits.md is generated from it.
import { CERTIFICATE_LIMITS } from './limits/certificate-limits.ts';
import { CONNECTION_LIMITS } from './limits/connection-limits.ts';
import { HUB_LIMITS } from './limits/hub-limits.ts';
import { JOB_LIMITS } from './limits/job-limits.ts';
import type { Limit } from './limits/limit.ts';
import { METHOD_LIMITS } from './limits/method-limits.ts';
import { QUERY_LIMITS } from './limits/query-limits.ts';
import { REGISTRY_LIMITS } from './limits/registry-limits.ts';
import { SIGN_IN_LIMITS } from './limits/sign-in-limits.ts';
import { TWIN_LIMITS } from './limits/twin-limits.ts';

const table = {
  ...REGISTRY_LIMITS,
  ...SIGN_IN_LIMITS,
  ...CERTIFICATE_LIMITS,
  ...TWIN_LIMITS,
  ...METHOD_LIMITS,
  ...CONNECTION_LIMITS,
  ...QUERY_LIMITS,
  ...JOB_LIMITS,
  ...HUB_LIMITS,
};

/** The limits as a table for docs and the hub alike. Nothing in the hub is unlimited. */
export const LIMITS: Readonly<Record<keyof typeof table, Limit>> = table;
