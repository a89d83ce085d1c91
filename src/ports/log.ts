// The log, as a port. Fields are for machines, the message is one sentence for people. No secrets, no bodies.

export type LogFields = { readonly [field: string]: string | number | boolean | undefined | Error };

export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
