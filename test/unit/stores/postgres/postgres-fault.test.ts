// What operators are told when the connection to PostgreSQL cannot be had. Method: errors as the server and Node.js give them.
import { expect, test } from 'vitest';
import { describePostgresFault } from '../../../../src/stores/postgres/postgres-fault.ts';

test.each([
  [{ code: '08P01', severity: 'FATAL', message: 'unsupported startup parameter: options' }, 'as poolers do'],
  [{ code: '08006', severity: 'FATAL', message: 'connection failure' }, 'broke'],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN', message: 'self-signed certificate in certificate chain' }, 'sslrootcert'],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID', message: "Hostname/IP does not match certificate's altnames" }, 'sslrootcert'],
  [{ code: 'EACCES', syscall: 'open', message: "EACCES: permission denied, open '/ca.pem'" }, 'cannot be read'],
  [{ code: 'ECONNREFUSED', syscall: 'connect', message: 'connect ECONNREFUSED 127.0.0.1:5432' }, 'No database server answers'],
])('%j is told with its way out.', ({ message, ...properties }, told) => {
  const error = Object.assign(new Error(message), properties);

  expect(describePostgresFault(error)).toContain(told);
});
