// What answers are held to: the responses of the API, their schemas closed, with the deviations of the hub put in their places.
import { type Deviation, DEVIATIONS } from './deviations.ts';
import { type Operation, type Schema, SERVICE_API } from './service-api.ts';

/** `headers`: the names that the API knows. `schema`: absent where there is no body. */
type ExpectedResponse = { readonly headers: readonly string[]; readonly schema: Schema | undefined };

export type AnswerSchemas = {
  readonly definitions: Readonly<Record<string, Schema>>;
  /** @param itemType of the answer, where it has one. @returns `undefined` for a status, or an item type, that the API does not know there. */
  readonly responseOf: (operation: Operation, status: number, itemType: string | undefined) => ExpectedResponse | undefined;
};

/** @param deviations those that count. */
export function answerSchemas(deviations: readonly Deviation[] = DEVIATIONS): AnswerSchemas {
  const definitions = Object.entries(SERVICE_API.definitions).map(
    ([name, schema]) => [name, closed(withDeviations(name, schema, deviations))] as const,
  );
  return {
    definitions: Object.fromEntries(definitions),
    responseOf(operation, status, itemType) {
      const response = operation.responses[status];
      const deviation = deviations.find(({ place }) => place === `${operation.operationId} ${status}`);
      if (response === undefined || deviation === undefined) {
        return response && { headers: response.headers ?? [], schema: response.schema && closed(response.schema) };
      }
      const schema = 'byItemType' in deviation.schema ? deviation.schema.byItemType[itemType ?? ''] : deviation.schema;
      return schema && { headers: [...(response.headers ?? []), ...(deviation.headers ?? [])], schema: closed(schema) };
    },
  };
}

function withDeviations(name: string, schema: Schema, deviations: readonly Deviation[]): Schema {
  const own = deviations.flatMap((deviation) => {
    const [definition, property = ''] = deviation.place.split('.');
    return definition === name && !('byItemType' in deviation.schema) ? [[property, deviation.schema] as const] : [];
  });
  return own.length === 0 ? schema : { ...schema, properties: { ...schema.properties, ...Object.fromEntries(own) } };
}

/** The same schema, in which objects have no other properties than those it names, unless it says which. */
function closed(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, closed(inner)])) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: closed(additionalProperties) }),
    ...(properties && additionalProperties === undefined && { additionalProperties: false }),
  };
}
