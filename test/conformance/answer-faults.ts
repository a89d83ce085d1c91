// What is wrong with an answer: its status, its headers, and its body against the schema of the operation or the envelope of errors.
import { Ajv, type AnySchema, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { ERROR_CATALOGUE, type ErrorCode } from '../../src/domain/errors.ts';
import type { Answer } from '../unit/gateways/http/open-http-api.ts';
import { type AnswerSchemas, answerSchemas } from './answer-schemas.ts';
import type { Operation, Schema } from './service-api.ts';

/** @returns sentences; none when the answer is one that the API knows. */
export type AnswerCheck = (operation: Operation, answer: Answer) => readonly string[];

/** @param schemas what answers are held to. */
export function answerCheck(schemas: AnswerSchemas = answerSchemas()): AnswerCheck {
  const validators = new Map<string, ValidateFunction>();
  const validatorOf = (key: string, schema: Schema): ValidateFunction => {
    const validator = validators.get(key) ?? validatorFor({ definitions: schemas.definitions, ...schema });
    validators.set(key, validator);
    return validator;
  };
  return (operation, answer) => {
    const itemType = itemTypeOf(answer);
    const response = schemas.responseOf(operation, answer.status, itemType);
    if (response === undefined) return [`The API knows no answer ${answer.status} with the item type ${itemType}: ${answer.text}`];
    const { schema, headers } = response;
    const unknownHeaders = Object.keys(answer.headers).filter((name) => OF_THE_API.test(name) && !headers.includes(name));
    return [
      ...unknownHeaders.map((name) => `The API knows no header ${name} here.`),
      ...headerFaults(answer),
      ...(schema
        ? bodyFaults(validatorOf(`${operation.operationId} ${answer.status} ${itemType}`, schema), answer)
        : emptinessFaults(answer)),
    ];
  };
}

/** The kind of items in a list that comes in pages. */
export function itemTypeOf({ headers }: Answer): string | undefined {
  const itemType = headers['x-ms-item-type'];
  return typeof itemType === 'string' ? itemType : undefined;
}

/** What comes with every answer is no part of the description. */
const OF_THE_API = /^x-ms-(?!request-id$)/;

/** Errors of direct methods, commands among them, that come in the nested envelope (behaviour 9.1, live facts); all others are plain. */
const NESTED_ON_METHODS: readonly ErrorCode[] = [
  'ArgumentInvalid',
  'ArgumentNull',
  'DeserializationError',
  'DeviceMaximumInflightMethodExceeded',
  'DeviceNotOnline',
  'MessageTooLarge',
  'GenericBadGateway',
  'GatewayTimeout',
];

/** What is wrong with a refusal: it must have this code in its status, its header and its envelope. @returns sentences. */
export function refusalFaults(operation: Operation, answer: Answer, code: ErrorCode): readonly string[] {
  // Behaviour 9.2: the status is the first three digits of the code.
  const status = Math.floor(ERROR_CATALOGUE[code].number / 1000);
  const nested = /_Invoke\w*(Method|Command)$/.test(operation.operationId) && NESTED_ON_METHODS.includes(code);
  if (answer.status !== status) return [`The status is ${answer.status}, not ${status}: ${answer.text}`];
  return [
    ...(answer.headers['iothub-errorcode'] === code
      ? []
      : [`iothub-errorcode is ${String(answer.headers['iothub-errorcode'])}, not ${code}.`]),
    ...headerFaults(answer),
    ...(nested ? nestedFaults(answer, code) : plainFaults(answer, code)),
  ];
}

/** `<32 hexadecimal digits>-G:<digits>-TimeStamp:MM/dd/yyyy HH:mm:ss` (behaviour 9.1). */
const TRACKING_ID = '[0-9a-f]{32}-G:\\d+-TimeStamp:(0[1-9]|1[0-2])/(0[1-9]|[12]\\d|3[01])/\\d{4} ([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d';

const PLAIN_ENVELOPE = validatorFor(
  closedObject({
    // SDKs split at each semicolon (contract 2.4).
    Message: { type: 'string', pattern: '^ErrorCode:\\w+;[^;]+$' },
    ExceptionMessage: { type: 'string', pattern: `^Tracking ID:${TRACKING_ID}$` },
  }),
);

const NESTED_ENVELOPE = validatorFor(closedObject({ Message: { type: 'string' }, ExceptionMessage: { type: 'string', const: '' } }));

/** What stands as text in the `Message` of the nested envelope. */
const INNER_ENVELOPE = validatorFor(
  closedObject(
    {
      errorCode: { type: 'integer' },
      trackingId: { type: 'string', pattern: `^${TRACKING_ID}$` },
      message: { type: 'string', minLength: 1 },
      timestampUtc: { type: 'string', format: 'date-time' },
    },
    { info: closedObject({}, { timeout: { type: 'string', pattern: '^\\d\\d:\\d\\d:\\d\\d$' } }) },
  ),
);

function plainFaults(answer: Answer, code: ErrorCode): readonly string[] {
  const faults = bodyFaults(PLAIN_ENVELOPE, answer);
  if (faults.length > 0 || answer.json.Message.startsWith(`ErrorCode:${code};`)) return faults;
  return [`The envelope names another error than ${code}: ${answer.text}`];
}

function nestedFaults(answer: Answer, code: ErrorCode): readonly string[] {
  const faults = bodyFaults(NESTED_ENVELOPE, answer);
  if (faults.length > 0) return faults;
  const inner = { text: answer.json.Message, json: JSON.parse(answer.json.Message) };
  const innerFaults = bodyFaults(INNER_ENVELOPE, inner);
  if (innerFaults.length > 0 || inner.json.errorCode === ERROR_CATALOGUE[code].number) return innerFaults;
  return [`The envelope has another number than ${ERROR_CATALOGUE[code].number}: ${answer.text}`];
}

function closedObject(required: Readonly<Record<string, object>>, optional: Readonly<Record<string, object>> = {}): object {
  const properties = { ...required, ...optional };
  return { type: 'object', properties, required: Object.keys(required), additionalProperties: false };
}

function validatorFor(schema: AnySchema): ValidateFunction {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
  return formats.default(ajv, ['date-time', 'int32', 'int64']).compile(schema);
}

function headerFaults({ text, headers }: Answer): readonly string[] {
  const faults: string[] = [];
  if (text !== '' && headers['content-type'] !== 'application/json; charset=utf-8') {
    faults.push(`The content type is ${String(headers['content-type'])}.`);
  }
  const requestId = headers['x-ms-request-id'];
  if (typeof requestId !== 'string' || requestId === '') faults.push('There is no x-ms-request-id.');
  return faults;
}

function bodyFaults(validate: ValidateFunction, { text, json }: Pick<Answer, 'text' | 'json'>): readonly string[] {
  if (validate(json)) return [];
  const faults = (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  return [...faults, `The body is ${text}`];
}

function emptinessFaults({ text }: Answer): readonly string[] {
  return text === '' ? [] : [`There is a body where none is expected: ${text}`];
}
