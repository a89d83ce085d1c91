// What a case and a subject are: the things that the tables of the conformance test are made of.
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Answer } from '../unit/gateways/http/open-http-api.ts';
import type { Request, Scene } from './scene.ts';

/** An answer that the API has a schema for, with its status and, for a refusal, the code in its header; or a refusal in the envelope of errors. */
type Expected = { readonly status: number; readonly code?: ErrorCode } | { readonly code: ErrorCode };

/** `of` reads something from an answer, which must equal `is`. */
export type Shown = { readonly of: (answer: Answer) => unknown; readonly is: unknown };

export type Case = {
  /** What is special about the request, so that it ends the sentence "… is answered with …". */
  readonly title: string;
  /** Prepares what the request needs, and makes it. */
  readonly request: (scene: Scene) => Request | Promise<Request>;
  readonly expected: Expected;
  /** What else the answer must show. */
  readonly shown?: Shown;
  /** For a case that needs a hub of another kind. Cases with the same function share a hub. */
  readonly place?: () => Promise<Scene>;
};

/** Names of properties; one inside another has a point before it. */
type BodyProperties = {
  /** Not read, so that any value will do; what is inside of them neither. */
  readonly ignored?: readonly string[];
  /** What becomes of a value of another type. Default: ArgumentInvalid. */
  readonly wrong?: Readonly<Record<string, Expected>>;
  /** What becomes of null. Default: it counts as absent, and the call succeeds. */
  readonly empty?: Readonly<Record<string, Expected>>;
};

type Conditional = {
  /** A request that succeeds under the condition of this etag, without its If-Match. */
  readonly prepare: (scene: Scene) => Promise<{ readonly request: Request; readonly etag: string }>;
  /** What becomes of it without If-Match. */
  readonly without: Expected;
};

/** How one operation is exercised. */
export type Subject = {
  /**
   * A request that succeeds, each time. @param id of the device or job that it is about, which nobody has yet. @param moduleId of the module of
   * that device; `undefined`: any.
   */
  readonly valid: (scene: Scene, id: string, moduleId?: string) => Request | Promise<Request>;
  /** Of such a request, where the API knows several. Default: 200. */
  readonly validStatus?: number;
  /** The longest body, in bytes. Present where a body is read. */
  readonly bodyBytes?: number;
  /** `optional`: the body is any JSON, or none. Else the code for JSON of another kind. Default: ArgumentInvalid. */
  readonly otherBody?: 'optional' | ErrorCode;
  /** What is special about properties of the body. */
  readonly properties?: BodyProperties;
  /** What becomes of an id that nobody has. Absent where a call makes one, or where it is about none. */
  readonly unknownId?: Expected;
  /** What becomes of an id that nobody can have. Absent where the call is about none. */
  readonly impossibleId?: Expected;
  /** What becomes of the id of a module that the device has not. Absent where a call makes one, or where it is about none. */
  readonly unknownModuleId?: Expected;
  /** What becomes of an id that no module can have. Absent where the call is about none. */
  readonly impossibleModuleId?: Expected;
  /** Present where the API knows If-Match. */
  readonly conditional?: Conditional;
  /** What no other subject has. */
  readonly cases: readonly Case[];
};

/** By operationId. */
export type Subjects = Readonly<Record<string, Subject>>;

/** A case that succeeds with 200. */
export function succeeds(title: string, request: Case['request'], shown?: Shown): Case {
  return { title, request, expected: { status: 200 }, ...(shown && { shown }) };
}

export function refused(code: ErrorCode, title: string, request: Case['request']): Case {
  return { title, request, expected: { code } };
}
