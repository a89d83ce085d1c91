// The tokens with which clients ask for the next page of a query: opaque, bound to the text of the query, and signed.
import { toBase64 } from '../domain/base64.ts';
import { HubError } from '../domain/errors.ts';
import { formatPosition, parsePosition, type Position } from '../domain/query/cursor.ts';
import type { Signer } from '../ports/signer.ts';
import type { Policies } from './policies.ts';

/** Content and signature, so that no other text is read as a token of the hub. */
const TOKEN = /^([\w-]+)\.([\w-]+)$/;

type Dependencies = { readonly signer: Signer; readonly policies: Pick<Policies, 'get'> };

/**
 * A token outlives the hub, and every hub on the same store knows it: its key comes from the primary key of `iothubowner`, which every hub has and
 * the store keeps. When that key is changed, queries that are read page by page have to begin anew.
 */
export class ContinuationTokens {
  readonly #signer: Signer;
  readonly #policies: Dependencies['policies'];

  constructor({ signer, policies }: Dependencies) {
    this.#signer = signer;
    this.#policies = policies;
  }

  /** @returns what fits into a header. @throws HubError ArgumentInvalid when the page ends with values that are too long. */
  format(query: string, position: Position): string {
    const content = toBase64Url(formatPosition(position));
    return `${content}.${this.#sign(query, content)}`;
  }

  /** @throws HubError ArgumentInvalid for a token that is not one of this hub for this very text. */
  parse(query: string, token: string): Position {
    const [, content = '', signature = ''] = TOKEN.exec(token) ?? [];
    const isOwn = this.#signer.verify(this.#key(), signedText(query, content), fromUrlSafe(signature));
    if (isOwn) return parsePosition(fromBase64Url(content));
    throw new HubError('ArgumentInvalid', 'The continuation token is not one of this hub for this query. Send the query again without it.');
  }

  #sign(query: string, content: string): string {
    return urlSafe(this.#signer.sign(this.#key(), signedText(query, content)));
  }

  /** A key for this purpose alone, so that nothing that is signed here is good for anything else. */
  #key(): string {
    return this.#signer.sign(this.#policies.get('iothubowner').keys.primaryKey, 'continuation tokens of queries');
  }
}

/** The content holds no line break, so that no other query and content make the same text. */
function signedText(query: string, content: string): string {
  return `${query}\n${content}`;
}

function toBase64Url(text: string): string {
  return urlSafe(toBase64(new TextEncoder().encode(text)));
}

function fromBase64Url(text: string): string {
  const bytes = Uint8Array.from(atob(fromUrlSafe(text)), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

function urlSafe(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromUrlSafe(text: string): string {
  return text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .padEnd(Math.ceil(text.length / 4) * 4, '=');
}
