// The cases that follow from the properties of a body: each with a value of another type, and with null.
import { variation } from './call-cases.ts';
import type { Case, Subject } from './case.ts';
import type { Request } from './scene.ts';
import { type Operation, type Schema, SERVICE_API } from './service-api.ts';

/** @throws Error when the subject speaks of a property that the body does not have. */
export function propertyCases({ operationId, parameters }: Operation, subject: Subject): readonly Case[] {
  const schema = parameters.find((parameter) => parameter.in === 'body')?.schema ?? {};
  const properties = propertiesOf(schema);
  const { ignored = [], wrong = {}, empty = {} } = subject.properties ?? {};
  const unknown = [...ignored, ...Object.keys(wrong), ...Object.keys(empty)].filter(
    (path) => !properties.some((known) => known.path === path),
  );
  if (unknown.length > 0) throw new Error(`${operationId}: the body has no ${unknown.join(', ')}.`);
  const accepted = { status: subject.validStatus ?? 200 };
  return properties.flatMap(({ path, type }) => {
    const isIgnored = ignored.some((one) => path === one || path.startsWith(`${one}.`));
    const other = isIgnored ? accepted : (wrong[path] ?? { code: 'ArgumentInvalid' });
    const value = type === 'string' ? 7 : 'x';
    return [
      {
        title: `${path}: ${JSON.stringify(value)}`,
        request: variation(subject, (request) => withValue(request, path, value)),
        expected: other,
      },
      {
        title: `${path}: null`,
        request: variation(subject, (request) => withValue(request, path, null)),
        expected: empty[path] ?? accepted,
      },
    ];
  });
}

type Property = { readonly path: string; readonly type: Schema['type'] };

/** All properties, also those inside others, with a point between the names. */
function propertiesOf(schema: Schema, path = ''): readonly Property[] {
  const { properties = {}, items } = definitionOf(schema);
  if (items) return [];
  return Object.entries(properties).flatMap(([name, property]) => {
    const own = path === '' ? name : `${path}.${name}`;
    return [{ path: own, type: definitionOf(property).type }, ...propertiesOf(property, own)];
  });
}

function definitionOf(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (SERVICE_API.definitions[schema.$ref.replace('#/definitions/', '')] ?? {});
}

function withValue(request: Request, path: string, value: unknown): Request {
  return { ...request, body: changed(request.body, path.split('.'), value) };
}

function changed(body: unknown, [name = '', ...rest]: readonly string[], value: unknown): object {
  const object = typeof body === 'object' && body !== null ? body : {};
  return { ...object, [name]: rest.length === 0 ? value : changed(Reflect.get(object, name), rest, value) };
}
