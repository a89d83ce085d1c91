// The pages of docs/ that are made from tables in the source, whole or in part, as texts; a test keeps the files equal to them.
import { readFileSync } from 'node:fs';
import { OPTIONS } from '../src/config/options.ts';
import { ERROR_CATALOGUE } from '../src/domain/errors.ts';
import { LIMITS } from '../src/domain/limits.ts';
import { NOT_IMPLEMENTED } from '../test/conformance/not-implemented.ts';
import { SERVICE_API } from '../test/conformance/service-api.ts';

/** `path` is relative to the repository. */
export type GeneratedDoc = { readonly path: string; readonly text: string };

/** Every generated page, whole, with a final line break. @throws Error when a page that is made in part has lost its marks. */
export function generatedDocs(): readonly GeneratedDoc[] {
  return [
    { path: 'docs/errors.md', text: errorsPage() },
    { path: 'docs/configuration.md', text: configurationPage() },
    { path: 'docs/limits.md', text: limitsPage() },
    { path: COMPATIBILITY, text: withPart(readFileSync(new URL(`../${COMPATIBILITY}`, import.meta.url), 'utf8'), missingOperations()) },
  ];
}

const COMPATIBILITY = 'docs/compatibility.md';
const PART_BEGINS = '<!-- Made from test/conformance/not-implemented.ts by "npm run docs", up to the end mark: change the source. -->\n';
const PART_ENDS = '<!-- end mark -->\n';

function withPart(text: string, part: string): string {
  const [before, rest, ...others] = text.split(PART_BEGINS);
  const [, after, ...more] = rest?.split(PART_ENDS) ?? [];
  if (before === undefined || after === undefined || others.length + more.length > 0) {
    throw new Error(`${COMPATIBILITY} must have these two lines, once each:\n${PART_BEGINS}${PART_ENDS}`);
  }
  return [before, PART_BEGINS, part, PART_ENDS, after].join('');
}

function missingOperations(): string {
  const total = SERVICE_API.operations.length;
  const lines = [
    `Of the ${total} operations of the REST API ${SERVICE_API.apiVersion}, ${total - NOT_IMPLEMENTED.length} are there. The others are answered with 404 where nothing is`,
    'served under their path, and with 405 where other methods are; the message names this page.',
    '',
    tableRow(['Area', 'Operation', 'Call', 'Answer']),
    tableRow(['---', '---', '---', '---']),
    ...NOT_IMPLEMENTED.map(({ area, answer, operation: { operationId, method, path } }) =>
      tableRow([area, `\`${operationId}\``, `\`${method} ${path}\``, String(answer)]),
    ),
  ];
  return `\n${lines.join('\n')}\n\n`;
}

function errorsPage(): string {
  return page({
    title: 'Errors',
    source: 'src/domain/errors.ts',
    intro: [
      'Everything the hub refuses, and what to do about it. Over HTTPS the name stands in the header `iothub-errorcode`, and the first three',
      'digits of the number are the status. Over MQTT a refused twin request carries the status in its topic and the number in its body.',
    ],
    columns: ['Name', 'Number', 'Meaning and way out'],
    rows: Object.entries(ERROR_CATALOGUE).map(([name, { number, meaning }]) => [`\`${name}\``, String(number), meaning]),
  });
}

function configurationPage(): string {
  return page({
    title: 'Configuration',
    source: 'src/config/options.ts',
    intro: [
      'What `twinhub start` can be told. A flag wins over its environment variable, and that over the default. An option that repeats',
      'is given several times on the command line, or once with commas between its values.',
    ],
    columns: ['Flag', 'Environment', 'Default', 'Meaning'],
    rows: Object.values(OPTIONS).map((option) => [
      `\`${`${option.flag} ${option.value}`.trimEnd()}${option.repeats ? '…' : ''}\``,
      `\`${option.env}\``,
      option.default === undefined ? '' : `\`${option.default}\``,
      option.meaning,
    ]),
  });
}

function limitsPage(): string {
  return page({
    title: 'Limits',
    source: 'src/domain/limits',
    intro: [
      'Nothing in the hub is unlimited. The source of a number is one of four: `behaviour`, what the service documents (with the section of',
      'our notes); `live facts`, what was measured on a live hub; `contract`, what the SDKs need on the wire; `twinhub`, our own choice.',
    ],
    columns: ['Name', 'Value', 'Meaning', 'Source'],
    rows: Object.entries(LIMITS).map(([name, limit]) => [`\`${name}\``, amount(limit), limit.meaning, limit.source]),
  });
}

type Page = {
  readonly title: string;
  readonly source: string;
  readonly intro: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

function page({ title, source, intro, columns, rows }: Page): string {
  const lines = [
    `<!-- Made from ${source} by "npm run docs": change the source, not this page. -->`,
    '',
    `# ${title}`,
    '',
    ...intro,
    '',
    tableRow(columns),
    tableRow(columns.map(() => '---')),
    ...rows.map(tableRow),
  ];
  return `${lines.join('\n')}\n`;
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const KIB = 1024;

/** `32,768 bytes (32 KiB)`: the exact number, and the one people say. */
function amount({ value, unit }: { readonly value: number; readonly unit: string }): string {
  const exact = `${value.toLocaleString('en-US')} ${value === 1 ? unit.replace(/s$/, '') : unit}`.trimEnd();
  if (unit !== 'bytes' || value % KIB !== 0) return exact;
  return value % (KIB * KIB) === 0 ? `${exact} (${value / KIB / KIB} MiB)` : `${exact} (${value / KIB} KiB)`;
}
