// The operations and schemas of the service's REST API, read from the extract beside this file.
import { readFileSync } from 'node:fs';

/** A JSON schema as OpenAPI 2.0 knows it. `$ref` leads to `#/definitions/NAME`. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly (string | null)[];
  readonly const?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
};

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'body';
  readonly required: boolean;
  readonly default?: string;
  readonly schema?: Schema;
};

/** `headers`: the names of those that an answer may have. */
type Response = { readonly schema?: Schema; readonly headers?: readonly string[] };

export type Operation = {
  readonly operationId: string;
  readonly method: string;
  /** `{name}` stands for one segment. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** By status. */
  readonly responses: Readonly<Record<string, Response>>;
};

export type ServiceApi = {
  readonly apiVersion: string;
  readonly operations: readonly Operation[];
  readonly definitions: Readonly<Record<string, Schema>>;
};

/** The extract is of the repository itself, so its form is known. */
export const SERVICE_API: ServiceApi = JSON.parse(readFileSync(new URL('service-api.json', import.meta.url), 'utf8'));

/** @throws Error when the API has no such operation. */
export function operationNamed(operationId: string): Operation {
  const operation = SERVICE_API.operations.find((candidate) => candidate.operationId === operationId);
  if (operation === undefined) throw new Error(`The API has no operation ${operationId}.`);
  return operation;
}

/** Equal for two calls that differ in the names of their segments only, in the spelling of the API or of the gateway's routes. */
export function shapeOf({ method, path }: Pick<Operation, 'method' | 'path'>): string {
  return `${method} ${path.replaceAll(/\{\w+\}|:\w+/g, '*')}`;
}
