// Behaviours as they are written on the command line, and how a fleet is divided among them.
import { describe, expect, it } from 'vitest';
import { ANSWERING, parseBehaviour, shareOut } from '../../../src/simulator/behaviour.ts';

describe('a behaviour', () => {
  it.each([
    ['answer', {}],
    ['slow:500', { answerDelayMs: 500 }],
    ['slow:86400000', { answerDelayMs: 86_400_000 }],
    ['flap:30', { flapMs: 30_000 }],
    ['flap:0.5', { flapMs: 500 }],
    ['drop:10%', { dropChance: 0.1 }],
    ['drop:0.25', { dropChance: 0.25 }],
    ['drop:100%', { dropChance: 1 }],
    ['fail:1', { failChance: 1 }],
    ['fail:0', {}],
    ['slow:20,drop:5%,fail:0.5,flap:3', { answerDelayMs: 20, dropChance: 0.05, failChance: 0.5, flapMs: 3000 }],
  ])('%s is read', (text, parts) => {
    expect(parseBehaviour(text)).toEqual({ behaviour: { ...ANSWERING, ...parts, text }, weight: 1 });
  });

  it('may have a weight', () => {
    expect(parseBehaviour('slow:5,fail:1@12')).toMatchObject({ behaviour: { text: 'slow:5,fail:1' }, weight: 12 });
  });

  it.each([
    '',
    '@2',
    'answer@',
    'answer@0',
    'answer@1.5',
    'answer@1@1',
    'answer:1',
    'sleep:1',
    'slow',
    'slow:',
    'slow:0',
    'slow:-1',
    'slow:1e3',
    'slow:86400001',
    'flap:86401',
    'drop',
    'drop:10',
    'drop:101%',
    'drop:1.1',
    'drop:x%',
    'slow:5,',
    'answer,constructor',
  ])('is refused as %j, with advice', (text) => {
    expect(() => parseBehaviour(text)).toThrow(/^The behaviour '.*' is not valid\. .+\.$/);
  });
});

describe('a fleet', () => {
  it.each([
    [10, [1], [10]],
    [10, [1, 1], [5, 5]],
    [10, [8, 1, 1], [8, 1, 1]],
    [10, [1, 1, 1], [4, 3, 3]],
    [2, [1, 1, 1], [1, 1, 0]],
    [1, [1, 999_999], [1, 0]],
  ])('of %i devices with the weights %j is divided into %j', (devices, weights, counts) => {
    const behaviours = weights.map((weight) => ({ behaviour: ANSWERING, weight }));

    expect(shareOut(devices, behaviours)).toEqual(counts);
  });
});
