// House rules that need no syntax tree: names, sizes, first lines and words.
import { posix } from 'node:path';
import type { Complaint, TextRule } from './house-rules.ts';
import { CODE } from './repository-files.ts';

const MAX_FILE_LINES = 400;
const MIN_FIRST_LINE_WORDS = 3;
const EMPTY_NAMES = /(^|[-.])(utils?|helpers?|types|managers?|common|misc)([-.]|$)/;
const PLAIN_NAME = /^[a-z0-9]+([-.][a-z0-9]+)*$/;
const MARKER = /(?:\/\/|^\s*[#*]).*?\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\): )/gm;
const MACHINE_PATH = /(?<![\w.~$})-])\/(work|root|home|Users)\/(?=\w)/g;
const SWITCH_OFF = /(oxlint-disable\S*|eslint-disable\S*|@ts-expect-error|@ts-ignore)(?!.* -- \S)/g;

/** Folders of test/ and what belongs there: `unit` mirrors the folders of src. */
const TEST_FOLDERS = ['conformance', 'contracts', 'hostile', 'protocol', 'scenarios', 'sdk', 'support', 'unit'];

const isCode = (path: string): boolean => CODE.test(path);

/** Rules over the text of a file and its path. */
export const TEXT_RULES: readonly TextRule[] = [
  {
    name: 'file length',
    reason: `a file has one idea and at most ${MAX_FILE_LINES} lines`,
    covers: isCode,
    check: ({ text }) => {
      const lines = text.trimEnd().split('\n').length;
      return lines <= MAX_FILE_LINES ? [] : [{ offset: text.length, message: `has ${lines} lines` }];
    },
  },
  {
    name: 'telling names',
    reason: 'a name says what is inside: no utils, helpers, types, managers, common or misc',
    covers: isCode,
    check: ({ path }) => {
      const empty = path.split('/').find((part) => EMPTY_NAMES.test(part));
      return empty === undefined ? [] : [{ offset: 0, message: `is named ${empty}` }];
    },
  },
  {
    name: 'plain names',
    reason: 'file names are lower case words with hyphens, equal on every file system',
    covers: isCode,
    check: ({ path }) => (PLAIN_NAME.test(posix.basename(path)) ? [] : [{ offset: 0, message: `is named ${posix.basename(path)}` }]),
  },
  {
    name: 'first line',
    reason: `the first line of a file is a comment of at least ${MIN_FIRST_LINE_WORDS} words that says what the file is for`,
    covers: isCode,
    check: ({ text }) => {
      const [first = ''] = text.replace(/^#!.*\n/, '').split('\n');
      const words = first.split(' ').length - 1;
      return /^\/\/ \S/.test(first) && words >= MIN_FIRST_LINE_WORDS ? [] : [{ offset: 0, message: `begins with "${first}"` }];
    },
  },
  {
    name: 'open ends have an issue',
    reason: 'unfinished work is written as TODO(#issue): and nothing else',
    covers: (path) => isCode(path) || /(\.(sh|ya?ml)|^\.ci\/run)$/.test(path),
    check: ({ text }) => complaintsOf(text, MARKER, (match) => `says "${match.trim()}"`),
  },
  {
    name: 'no machine paths',
    reason: 'the repository says nothing of the machine it was written on',
    covers: () => true,
    check: ({ text }) => complaintsOf(text, MACHINE_PATH, (match) => `names ${match}`),
  },
  {
    name: 'reasoned switch-offs',
    reason: 'a rule that is switched off in one place says why after " -- "',
    covers: isCode,
    check: ({ text }) => complaintsOf(text, SWITCH_OFF, (match) => `says ${match}`),
  },
  {
    name: 'test folders',
    reason: `tests live in ${TEST_FOLDERS.join(', ')} or, when they check the repository itself, directly in test/`,
    covers: (path) => /^test\/.+\//.test(path),
    check: ({ path }) => {
      const [, folder = ''] = path.split('/');
      return TEST_FOLDERS.includes(folder) ? [] : [{ offset: 0, message: `stands in test/${folder}` }];
    },
  },
  {
    name: 'tests under test/',
    reason: 'a test is looked for in the folder of test/ that mirrors its source',
    covers: (path) => path.endsWith('.test.ts'),
    check: ({ path }) => (/^(test|examples)\//.test(path) ? [] : [{ offset: 0, message: 'stands beside its source' }]),
  },
];

/** Every place in a text that matches, with a message made from the matched words. */
function complaintsOf(text: string, pattern: RegExp, say: (match: string) => string): readonly Complaint[] {
  return [...text.matchAll(pattern)].map((match) => ({ offset: match.index, message: say(match[0]) }));
}
