// The HTTP API of a hub, as the commands use it: signed requests in, answers or one clear sentence out.
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { isIP, isIPv6 } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { formatSasToken, textToSign } from '../domain/access/sas-token.ts';
import { parseJson, type JsonValue } from '../domain/json.ts';
import { SetupError } from '../domain/setup-error.ts';
import type { Signer } from '../ports/signer.ts';
import { createSigner } from '../system/signer.ts';
import { systemClock } from '../system/system-clock.ts';
import { describeConnectionFault } from './connection-fault.ts';
import { CommandFailure } from './command-failure.ts';
import type { HubTarget } from './find-hub.ts';
import { describeRefusal } from './refusal.ts';

export type HubRequest = {
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  /** Begins with `/`; ids in it are percent-encoded (see `segment`). */
  readonly path: string;
  /** Parameters, not percent-encoded. */
  readonly query?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /** An etag as the API shows it, or `*`. */
  readonly ifMatch?: string;
  /** Which part of a list is asked for: how many items, and after which page. */
  readonly page?: { readonly size: number; readonly continuation: string | undefined };
  /** How long the hub may think, where that is longer than usual. */
  readonly timeoutSeconds?: number;
  /** How long the hub may go on answering, where that is longer than usual. */
  readonly tokenSeconds?: number;
};

/**
 * `text` is the body exactly as it came; `value` is `undefined` for an empty one. On a page of results `itemType` says what they are, and
 * `continuation` leads to the next page; it is `undefined` where none follows.
 */
export type HubAnswer = PageHeaders & { readonly text: string; readonly value: JsonValue | undefined };

type PageHeaders = { readonly itemType: string | undefined; readonly continuation: string | undefined };
type Outcome = {
  readonly onResponse: (response: IncomingMessage) => void;
  readonly onFault: (failure: CommandFailure) => void;
  /** Default: none. */
  readonly lastEventId?: string | undefined;
};
type Exchanged = PageHeaders & { readonly status: number; readonly text: string };

const API_VERSION = '2021-04-12';
const TOKEN_SECONDS = 300;
const TIMEOUT_SECONDS = 30;
/** ThrottlingException and ServiceUnavailable. */
const PASSING: readonly number[] = [429, 503];
/** Above the largest answer: 1000 devices of a listing, or a twin with all its metadata. */
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

export class HubClient {
  readonly target: HubTarget;
  readonly #signer: Signer = createSigner();
  readonly #ca: string | undefined;
  readonly #agent: Agent | false;

  /** @param agent for a client of many calls. Default: a connection for each. @throws SetupError when the CA file of the target cannot be read. */
  constructor(target: HubTarget, agent: Agent | false = false) {
    this.target = target;
    this.#agent = agent;
    this.#ca = target.caPath === undefined ? undefined : readCa(target.caPath);
  }

  /** @throws CommandFailure when the hub refuses, cannot be reached, or is not the one its certificate names. */
  async send(call: HubRequest): Promise<HubAnswer> {
    const { status, text, ...page } = await this.#exchange(call);
    const value = text === '' ? undefined : parseAnswer(text, status);
    if (status >= 300) throw new CommandFailure(describeRefusal(status, value));
    return { text, value, ...page };
  }

  /**
   * The text of an answer that comes in parts, until it ends or the caller goes on to something else. @param lastEventId after which event it is
   * to begin. @throws CommandFailure as `send`; one that may pass by itself has a cause: of the connection, of a hub that stops or has too much to do.
   */
  async *receive(call: HubRequest, lastEventId: string | undefined): AsyncGenerator<string> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      this.#request(call, { onResponse: resolve, onFault: reject, lastEventId });
    });
    response.setEncoding('utf8');
    let refusal = '';
    try {
      for await (const part of response) {
        if (response.statusCode === 200) yield String(part);
        else refusal += String(part);
      }
    } catch (error) {
      throw error instanceof CommandFailure ? error : this.#faultOf(error);
    }
    const { statusCode = 0 } = response;
    if (statusCode === 200) return;
    const cause = PASSING.includes(statusCode) ? new Error(`status ${statusCode}`) : undefined;
    throw new CommandFailure(describeRefusal(statusCode, parseAnswer(refusal, statusCode)), { cause });
  }

  #faultOf(error: unknown): CommandFailure {
    return new CommandFailure(describeConnectionFault(error, this.target), { cause: error });
  }

  #exchange(call: HubRequest): Promise<Exchanged> {
    return new Promise((resolve, reject) => {
      const onResponse = (response: IncomingMessage): void => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (part: string) => {
          text += part;
          if (text.length > ANSWER_MAX_BYTES) response.destroy(new Error(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`));
        });
        response.on('error', (error) => reject(this.#faultOf(error)));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, ...pageHeadersOf(response) }));
      };
      this.#request(call, { onResponse, onFault: reject });
    });
  }

  #request(call: HubRequest, { onResponse, onFault, lastEventId }: Outcome): void {
    const { target } = this;
    const timeoutSeconds = call.timeoutSeconds ?? TIMEOUT_SECONDS;
    const sent = request(
      {
        host: target.address,
        // TLS forbids addresses as server names [RFC 6066, section 3].
        servername: isIP(target.hostName) === 0 ? target.hostName : '',
        checkServerIdentity: (_, certificate) => checkServerIdentity(target.hostName, certificate),
        port: target.httpsPort,
        method: call.method,
        path: `${call.path}?${new URLSearchParams({ 'api-version': API_VERSION, ...call.query }).toString()}`,
        headers: { ...this.#headers(call), ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
        timeout: timeoutSeconds * 1000,
        agent: this.#agent,
        ...(this.#ca !== undefined && { ca: this.#ca }),
      },
      onResponse,
    );
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutSeconds} seconds`)));
    sent.on('error', (error) => onFault(this.#faultOf(error)));
    sent.end(call.body);
  }

  #headers({ body, ifMatch, page, tokenSeconds = TOKEN_SECONDS }: HubRequest): Record<string, string> {
    const { hostName, httpsPort } = this.target;
    return {
      host: `${isIPv6(hostName) ? `[${hostName}]` : hostName}:${httpsPort}`,
      authorization: this.#token(tokenSeconds),
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) }),
      ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
      ...(page && { 'x-ms-max-item-count': String(page.size) }),
      ...(page?.continuation !== undefined && { 'x-ms-continuation': page.continuation }),
    };
  }

  #token(seconds: number): string {
    const { hostName: resource, policyName, key } = this.target;
    const expirySeconds = Math.floor(systemClock.nowMs() / 1000) + seconds;
    return formatSasToken({ resource, policyName, expirySeconds, signature: this.#signer.sign(key, textToSign(resource, expirySeconds)) });
  }
}

/** An id as one segment of a path. @throws SetupError of kind usage when it is empty: the path would be that of a list. */
export function segment(id: string): string {
  if (id === '') throw new SetupError('usage', 'The id or name is empty. Give one, in quotes where it holds spaces or signs.');
  return encodeURIComponent(id);
}

function pageHeadersOf({ headers }: IncomingMessage): PageHeaders {
  const textOf = (header: string | readonly string[] | undefined): string | undefined => (typeof header === 'string' ? header : undefined);
  return { itemType: textOf(headers['x-ms-item-type']), continuation: textOf(headers['x-ms-continuation']) };
}

function readCa(caPath: string): string {
  try {
    return readFileSync(caPath, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError('environment', `Cannot read the CA of the hub (${reason}). Name its file with --ca.`, { cause: error });
  }
}

function parseAnswer(text: string, status: number): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    throw new CommandFailure(`The answer (status ${status}) is not that of a twinhub. Check host name and port.`, { cause: error });
  }
}
