// What a hub is started with: every choice made and checked.

/** From the most talkative to none at all. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** `url` holds a password, `name` does not: it is what messages say. */
export type StoreConfig =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'ephemeral' }
  | { readonly kind: 'postgres'; readonly url: string; readonly schema: string; readonly name: string };

export type TlsConfig = { readonly certPath: string; readonly keyPath: string };

/** Paths are absolute. */
export type Config = {
  readonly dataDir: string;
  /** Names and addresses under which clients reach the hub, in lower case; localhost, 127.0.0.1 and ::1 are always among them. */
  readonly hostNames: readonly string[];
  /** The name that connection strings carry. */
  readonly primaryHostName: string;
  /** 0: any free port. */
  readonly httpsPort: number;
  /** 0: any free port. */
  readonly mqttPort: number;
  /** The address to listen on; `undefined`: all of them. */
  readonly bindAddress: string | undefined;
  readonly store: StoreConfig;
  /** Primary keys, base64, of policies whose keys are given instead of random. */
  readonly policyKeys: ReadonlyMap<string, string>;
  /** One's own server certificate in place of the local CA's. */
  readonly tls: TlsConfig | undefined;
  readonly logLevel: LogLevel;
  /** Additions of this hub to the query language of the service are refused. */
  readonly strictQueries: boolean;
  /** How many indexes the hub may make by itself. */
  readonly autoIndexes: number;
};
