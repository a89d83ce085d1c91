// The api-versions of the service and device APIs. All mean the same here: what was measured is the newest, and older SDKs only ask for less.
import { HubError } from '../../domain/errors.ts';

/** Those that a live hub accepted (live facts, Errors), and those that older SDKs and tools send. */
export const API_VERSIONS: ReadonlySet<string> = new Set([
  '2016-02-03',
  '2016-11-14',
  '2017-06-30',
  '2017-11-08-preview',
  '2018-06-30',
  '2018-08-30-preview',
  '2019-03-30',
  '2019-03-31',
  '2019-07-01-preview',
  '2019-10-01',
  '2020-03-13',
  '2020-05-31-preview',
  '2020-06-30-preview',
  '2020-09-30',
  '2021-04-12',
  '2024-03-31',
]);

/** @param version the value of the query parameter. @throws HubError InvalidProtocolVersion when it is absent or unknown. */
export function checkApiVersion(version: string | undefined): void {
  if (version === undefined || version === '') {
    throw new HubError('InvalidProtocolVersion', 'The query parameter api-version is missing. Use api-version=2021-04-12.');
  }
  if (!API_VERSIONS.has(version)) {
    throw new HubError('InvalidProtocolVersion', `The api-version '${version}' is not known. Use api-version=2021-04-12.`);
  }
}
