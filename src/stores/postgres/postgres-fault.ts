// What an error of the PostgreSQL driver means: a conflict to try again, a fault of machine, network or settings, or a bug.

/** By the beginning of the SQLSTATE that the server gives (PostgreSQL documentation, appendix A). Any other error is a bug in a statement. */
const REFUSALS: readonly (readonly [code: string, message: string])[] = [
  ['28', 'The database server refused the user of --store. Correct user and password, or the rules of the server in pg_hba.conf.'],
  ['3D000', 'The database that --store names does not exist. Create it, or name another one.'],
  ['42501', 'The user of --store may not do that in the database. Give the user the right to create a schema, or its own schema.'],
  ['25006', 'The database server only reads, as a standby does. Name the primary in --store.'],
  ['26000', 'A pooler gives the connections of the hub to others between statements. Set it to pool sessions, or leave it out.'],
  ['53100', 'The disk of the database server is full. Free some space on it.'],
  ['53200', 'The database server ran out of memory.'],
  ['53300', 'The database server has as many connections as it may have. Raise max_connections, or end some.'],
  ['53', 'The database server ran out of something it needs. Look at its log.'],
  ['55P03', 'Another program holds the store. End that program.'],
  ['40', 'The database is busy with other writes of the same devices. Try again.'],
  ['57P', 'The database server is stopping or starting. Wait for it, or start it.'],
  ['57014', 'The database server ended a statement that took too long. Look at its statement_timeout and its load.'],
  ['58', 'The disk of the database server failed. Look at its log.'],
  ['XX', 'The database is damaged. Look at the log of the server, and restore a backup.'],
  ['08P01', 'What answers where --store says refuses the settings of the hub, as poolers do. Name the database server itself.'],
  ['08', 'The connection to the database server broke. Look at the server and at the network.'],
];

/** Of a lock that no row has, by the statement that waited for it for too long. */
const NAMED_LOCKS: readonly (readonly [sign: string, message: string])[] = [
  [
    'twinhub feed',
    'Another write has held the change feed for too long. Look at the load and the disks of the database server, and for a hub on the schema that hangs.',
  ],
  ['pg_advisory', 'Another hub that starts holds the schema, as one that brings it up to date. Wait until it is ready.'],
];

const LOCK_NOT_AVAILABLE = '55P03';

/** By the code or the message that Node.js or the driver gives, where no server answered. */
const CONNECTION_FAULTS: readonly (readonly [sign: string, message: string])[] = [
  [', open ', 'A certificate or key that --store names cannot be read. Correct its path, or who may read it.'],
  [
    'certificate',
    'The certificate of the database server is not trusted. Name its CA with sslrootcert in --store, and the host as the certificate does.',
  ],
  ['ENOTFOUND', 'The host of the database that --store names is unknown. Correct the name.'],
  ['EAI_AGAIN', 'The name of the database host cannot be resolved. Look at the name server.'],
  ['ECONNREFUSED', 'No database server answers where --store says. Start it, or correct host and port.'],
  ['ENOENT', 'No database server answers where --store says. Start it, or correct the folder of its socket.'],
  ['timeout', 'The database server does not answer in time. Look at the server and at the network.'],
  ['does not support SSL', 'The database server does not use TLS. Take sslmode out of --store, or switch TLS on in the server.'],
  ['SASL', 'The database server wants a password. Give the one of the user in --store.'],
];

const BROKEN = 'The connection to the database server broke. Look at the server and at the network.';

/** Transactions that wait for each other, and rows of which another transaction made the first. */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01', '23505']);

/** Whether the transaction met another one and may be tried again. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(sqlStateOf(error) ?? '');
}

/** Whether the connection can be used for nothing else. */
export function isConnectionFault(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined ? isDriverError(error) : state.startsWith('08') || state.startsWith('57P');
}

/** What to tell the operator, with the way out; `undefined` for what is no fault of machine, network or settings. */
export function describePostgresFault(error: unknown): string | undefined {
  const state = sqlStateOf(error);
  if (state === LOCK_NOT_AVAILABLE) {
    const statement = statementOf(error);
    const named = NAMED_LOCKS.find(([sign]) => statement.includes(sign));
    if (named) return named[1];
  }
  if (state !== undefined) return REFUSALS.find(([code]) => state.startsWith(code))?.[1];
  if (!isDriverError(error)) return undefined;
  const signs = `${'code' in error ? String(error.code) : ''} ${error.message}`;
  return CONNECTION_FAULTS.find(([sign]) => signs.includes(sign))?.[1] ?? BROKEN;
}

/** Notes at which statement an error of the server came. @returns the error. */
export function namingStatement(error: unknown, statement: string): unknown {
  return error instanceof Error && sqlStateOf(error) !== undefined ? Object.assign(error, { statement }) : error;
}

function statementOf(error: unknown): string {
  return error instanceof Error && 'statement' in error && typeof error.statement === 'string' ? error.statement : '';
}

/** Data that does not fit (class 22): the message itself repeats it. */
const ABOUT_VALUES = '22';

/** What names things of the schema. The rest of what a server says, such as the detail, may hold what was written: keys, properties. */
const NAMES = ['code', 'severity', 'schema', 'table', 'column', 'dataType', 'constraint', 'routine', 'statement'] as const;

/** An error for the log, with none of the values that the statement had; one that is not of the server is as it was. */
export function withoutValues(error: unknown): unknown {
  const state = sqlStateOf(error);
  if (!(error instanceof Error) || state === undefined) return error;
  const message = state.startsWith(ABOUT_VALUES) ? `PostgreSQL refused a value (SQLSTATE ${state}).` : error.message;
  const safe = new Error(message);
  const frames = error.stack?.split('\n').filter((line) => /^ {4}at /.test(line)) ?? [];
  safe.stack = [`Error: ${message}`, ...frames].join('\n');
  return Object.assign(safe, Object.fromEntries(NAMES.flatMap((name) => (name in error ? [[name, Reflect.get(error, name)]] : []))));
}

/** Five characters that the server answers; `undefined` for errors of others. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What the machine says of a connection, and what the driver says of one without a code of its own. */
function isDriverError(error: unknown): error is Error {
  if (!(error instanceof Error) || error.name === 'HubError') return false;
  return 'syscall' in error || 'code' in error || /terminated|timeout|connection|SSL|SASL|closed/i.test(error.message);
}
