// How simulated devices behave, read from texts such as `slow:500,fail:10%@3`, and which part of a fleet behaves so.
import { SetupError } from '../domain/setup-error.ts';

export type Behaviour = {
  /** Without its weight, as it was written. */
  readonly text: string;
  /** How long an answer to a direct method takes. */
  readonly answerDelayMs: number;
  /** Chances from 0 to 1 that a method gets no answer, or the status of a failure. */
  readonly dropChance: number;
  readonly failChance: number;
  /** Time between two cuts of the connection, on average; `undefined` for a device that stays. */
  readonly flapMs: number | undefined;
};

export type WeightedBehaviour = { readonly behaviour: Behaviour; readonly weight: number };

export const ANSWERING: Behaviour = { text: 'answer', answerDelayMs: 0, dropChance: 0, failChance: 0, flapMs: undefined };

/** Longer than the hub waits for any answer, and than anybody watches a device flap. */
const LONGEST_SECONDS = 24 * 3600;

/** @throws SetupError of kind usage for anything but `PART[,PART…][@WEIGHT]`. */
export function parseBehaviour(text: string): WeightedBehaviour {
  const [, parts = '', weightText = '1'] = /^([^@]+)(?:@(\d{1,6}))?$/.exec(text) ?? [];
  const weight = Number(weightText);
  if (parts === '' || weight === 0) throw wrong(text, 'Give parts with commas between, and a whole number above 0 after @ if any.');
  let behaviour: Behaviour = { ...ANSWERING, text: parts };
  for (const part of parts.split(',')) behaviour = { ...behaviour, ...parsePart(part, text) };
  return { behaviour, weight };
}

/** How many devices of a fleet have each behaviour, in the same order. Adds up to `devices`; the first ones get what is left over. */
export function shareOut(devices: number, behaviours: readonly WeightedBehaviour[]): readonly number[] {
  const sum = behaviours.reduce((total, { weight }) => total + weight, 0);
  const whole = behaviours.map(({ weight }) => Math.floor((devices * weight) / sum));
  const left = devices - whole.reduce((total, count) => total + count, 0);
  return whole.map((count, index) => count + (index < left ? 1 : 0));
}

function parsePart(part: string, text: string): Partial<Behaviour> {
  const [, name = '', value] = /^([a-z]+)(?::(.+))?$/.exec(part) ?? [];
  switch (name) {
    case 'answer':
      if (value === undefined) return {};
      throw wrong(text, `'answer' takes no value.`);
    case 'slow':
      return { answerDelayMs: parseAmount(value, { max: LONGEST_SECONDS * 1000, text, example: 'slow:500 (milliseconds)' }) };
    case 'flap':
      return { flapMs: 1000 * parseAmount(value, { max: LONGEST_SECONDS, text, example: 'flap:30 (seconds)' }) };
    case 'drop':
      return { dropChance: parseChance(value, text, name) };
    case 'fail':
      return { failChance: parseChance(value, text, name) };
    default:
      throw wrong(text, `'${part}' is none of answer, slow:MS, drop:P, flap:S and fail:P.`);
  }
}

function parseAmount(value: string | undefined, rule: { readonly max: number; readonly text: string; readonly example: string }): number {
  const amount = Number(value);
  if (value !== undefined && /^\d{1,8}(\.\d{1,3})?$/.test(value) && amount > 0 && amount <= rule.max) return amount;
  throw wrong(rule.text, `Give a number above 0 and up to ${rule.max}, such as ${rule.example}.`);
}

/** `10%`, or `0.1`. A bare number above 1 is refused, since nobody knows which of the two it means. */
function parseChance(value: string | undefined, text: string, name: string): number {
  const [, number, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%)?$/.exec(value ?? '') ?? [];
  const chance = percent === undefined ? Number(number) : Number(number) / 100;
  if (number !== undefined && chance <= 1) return chance;
  throw wrong(text, `Give a share, such as ${name}:10% or ${name}:0.1.`);
}

function wrong(text: string, advice: string): SetupError {
  return new SetupError('usage', `The behaviour '${text}' is not valid. ${advice}`);
}
