// Commands of digital twins as direct methods.
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../../../src/domain/digital-twin/command.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { refusalOf } from '../refusal.ts';

type Parts = Partial<Parameters<typeof parseCommand>[0]>;

function call(parts: Parts = {}): ReturnType<typeof parseCommand> {
  return parseCommand({
    component: undefined,
    command: 'reboot',
    payload: null,
    connectTimeout: undefined,
    responseTimeout: undefined,
    ...parts,
  });
}

const MAX = LIMITS.methodNameChars.value;

describe('A command', () => {
  it('of the root is the method of its name, with the defaults of methods.', () => {
    expect(call({ payload: { delay: 3 } })).toEqual({
      methodName: 'reboot',
      payload: { delay: 3 },
      responseTimeoutSeconds: 30,
      connectTimeoutSeconds: 0,
    });
  });

  it('of a component is the method component*command.', () => {
    expect(call({ component: 'thermostat1', command: 'getMaxMinReport' }).methodName).toBe('thermostat1*getMaxMinReport');
  });

  it.each<[Parts, number, number]>([
    [{ responseTimeout: '5' }, 5, 0],
    [{ responseTimeout: '300', connectTimeout: '300' }, 300, 300],
    [{ responseTimeout: '', connectTimeout: '' }, 30, 0],
    [{ responseTimeout: '010' }, 10, 0],
  ])('with %j waits as long as that.', (parts, responseTimeoutSeconds, connectTimeoutSeconds) => {
    expect(call(parts)).toMatchObject({ responseTimeoutSeconds, connectTimeoutSeconds });
  });

  it.each<[Parts, string]>([
    [{ responseTimeout: '4' }, 'responseTimeoutInSeconds must be within [5, 300].'],
    [{ responseTimeout: '301' }, 'responseTimeoutInSeconds must be within [5, 300].'],
    [{ connectTimeout: '-1' }, 'connectTimeoutInSeconds must be within [0, 300].'],
    [{ connectTimeout: '301' }, 'connectTimeoutInSeconds must be within [0, 300].'],
    [{ connectTimeout: '31' }, 'connectTimeoutInSeconds must not be longer than responseTimeoutInSeconds.'],
    ...['5.5', 'x', ' 5', '1e1', '0x5', '9'.repeat(400)].map((responseTimeout): [Parts, string] => [
      { responseTimeout },
      'responseTimeoutInSeconds must be a whole number of seconds.',
    ]),
    [{ component: '' }, 'The path names no component.'],
    [{ command: '' }, 'The name of the command'],
    [{ command: 're boot' }, 'The name of the command'],
    [{ component: 'a/b' }, 'The name of the command'],
    [{ command: 'm'.repeat(MAX + 1) }, `1 to ${MAX} characters`],
    [{ component: 'c', command: 'm'.repeat(MAX - 1) }, `1 to ${MAX} characters`],
  ])('with %j is refused.', (parts, message) => {
    expect(refusalOf(() => call(parts))).toMatchObject({ code: 'ArgumentInvalid', message: expect.stringContaining(message) });
  });

  it('has a name of as many characters as a method, the component and the asterisk counted.', () => {
    expect(call({ command: 'm'.repeat(MAX) }).methodName).toHaveLength(MAX);
    expect(call({ component: 'c', command: 'm'.repeat(MAX - 2) }).methodName).toHaveLength(MAX);
  });

  it('has no larger payload than a method.', () => {
    const text = 'x'.repeat(LIMITS.methodPayloadBytes.value - 2);

    expect(call({ payload: text }).payload).toBe(text);
    expect(refusalOf(() => call({ payload: `${text}x` })).code).toBe('MessageTooLarge');
  });
});
