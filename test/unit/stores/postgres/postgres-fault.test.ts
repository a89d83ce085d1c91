// What operators are told when the connection to PostgreSQL cannot be had. Method: errors as the server and Node.js give them.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { describePostgresFault, namingStatement, withoutValues } from '../../../../src/stores/postgres/postgres-fault.ts';

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

test.each([
  [`select pg_advisory_xact_lock(hashtextextended('twinhub feed ' || current_schema(), 0))`, 'the change feed'],
  [`select pg_advisory_xact_lock(hashtextextended('twinhub ' || $1::text, 0))`, 'Another hub that starts'],
  ['select device_id from twins for update', 'Another program holds the store.'],
])('Whoever waited for too long for what `%s` locks is told what that is.', (statement, told) => {
  const error = serverError({ code: '55P03', message: 'canceling statement due to lock timeout' });

  expect(describePostgresFault(namingStatement(error, statement))).toContain(told);
});

test.each([
  { code: '23505', message: 'duplicate key value violates unique constraint "devices_pkey"', constraint: 'devices_pkey' },
  { code: '22P02', message: 'invalid input syntax for type integer: "SECRET"' },
])('What the log is given of %j has the statement and no value.', (properties) => {
  const error = serverError({
    ...properties,
    detail: 'Key (id)=(SECRET)',
    where: 'line 1: SECRET',
    hint: 'SECRET',
    internalQuery: 'SECRET',
  });

  const safe = withoutValues(namingStatement(error, 'insert into devices'));

  expect(safe).toMatchObject({ code: properties.code, statement: 'insert into devices', stack: expect.stringContaining('at ') });
  expect(inspect(safe, { depth: 5 })).not.toContain('SECRET');
});

function serverError({ message, ...properties }: { readonly message: string; readonly [name: string]: string }): Error {
  return Object.assign(new Error(message), { severity: 'ERROR', ...properties });
}
