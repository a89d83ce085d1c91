// Bodies of direct method calls.
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { parseDirectMethodCall } from '../../../../src/domain/method/direct-method.ts';
import { refusalOf } from '../refusal.ts';

const KIB = 1024;
const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_item, offset) => String.fromCharCode(0x20 + offset));

const isAccepted = (methodName: string): boolean => {
  try {
    return parseDirectMethodCall({ methodName }).methodName === methodName;
  } catch {
    return false;
  }
};

describe('parseDirectMethodCall', () => {
  it('fills in a null payload and the default timeouts', () => {
    expect(parseDirectMethodCall({ methodName: 'reboot' })).toEqual({
      methodName: 'reboot',
      payload: null,
      responseTimeoutSeconds: 30,
      connectTimeoutSeconds: 0,
    });
  });

  it('reads the call of the reboot tutorial, with a field it does not know', () => {
    const body = { methodName: 'reboot', payload: null, timeoutInSeconds: 30, responseTimeoutInSeconds: 40, connectTimeoutInSeconds: 10 };

    expect(parseDirectMethodCall(body)).toEqual({
      methodName: 'reboot',
      payload: null,
      responseTimeoutSeconds: 40,
      connectTimeoutSeconds: 10,
    });
  });

  it.each([[null], [''], ['foo'], [{}], [{ k1: 'v1' }], [[1, null]], [0], [false]])(
    'passes on the payload %j as it is',
    (payload: JsonValue) => {
      expect(parseDirectMethodCall({ methodName: 'm', payload }).payload).toEqual(payload);
    },
  );

  it.each([
    [{ responseTimeoutInSeconds: 5 }, 5, 0],
    [{ responseTimeoutInSeconds: 300, connectTimeoutInSeconds: 300 }, 300, 300],
    [{ responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 5 }, 5, 5],
    [{ responseTimeoutInSeconds: null, connectTimeoutInSeconds: null }, 30, 0],
  ])('accepts %j', (timeouts: JsonObject, responseTimeoutSeconds, connectTimeoutSeconds) => {
    expect(parseDirectMethodCall({ methodName: 'm', ...timeouts })).toMatchObject({ responseTimeoutSeconds, connectTimeoutSeconds });
  });

  it.each([
    [{ responseTimeoutInSeconds: 4 }, 'responseTimeoutInSeconds must be within [5, 300].'],
    [{ responseTimeoutInSeconds: 301 }, 'responseTimeoutInSeconds must be within [5, 300].'],
    [{ responseTimeoutInSeconds: 5.5 }, 'responseTimeoutInSeconds must be a whole number'],
    [{ responseTimeoutInSeconds: '30' }, 'responseTimeoutInSeconds must be a whole number'],
    [{ connectTimeoutInSeconds: -1 }, 'connectTimeoutInSeconds must be within [0, 300].'],
    [{ responseTimeoutInSeconds: 300, connectTimeoutInSeconds: 301 }, 'connectTimeoutInSeconds must be within [0, 300].'],
    [{ responseTimeoutInSeconds: 5, connectTimeoutInSeconds: 6 }, 'must not be longer than responseTimeoutInSeconds'],
    [{ connectTimeoutInSeconds: 31 }, 'must not be longer than responseTimeoutInSeconds'],
  ])('refuses %j', (timeouts: JsonObject, message) => {
    const refusal = refusalOf(() => parseDirectMethodCall({ methodName: 'm', ...timeouts }));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).toContain(message);
  });

  it.each([[null], [[]], ['reboot'], [{}], [{ methodName: null }], [{ methodName: 7 }], [{ methodName: '' }], [{ methodName: 'é' }]])(
    'refuses the body %j',
    (body: JsonValue) => {
      expect(refusalOf(() => parseDirectMethodCall(body)).code).toBe('ArgumentInvalid');
    },
  );

  it('accepts a name of 100 characters and refuses 101', () => {
    expect(isAccepted('m'.repeat(100))).toBe(true);
    expect(refusalOf(() => parseDirectMethodCall({ methodName: 'm'.repeat(101) })).message).toContain('100');
  });

  it('accepts the characters in a name that reach the handler of a device, and no other', () => {
    const accepted = PRINTABLE.filter((char) => isAccepted(`a${char}b${char}`));

    expect(accepted.join('')).toBe('!$&()*,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~');
  });

  it('accepts a payload of 128 KiB and refuses one byte more', () => {
    const largest = 'x'.repeat(128 * KIB - 2);

    expect(parseDirectMethodCall({ methodName: 'm', payload: largest }).payload).toBe(largest);
    expect(refusalOf(() => parseDirectMethodCall({ methodName: 'm', payload: `${largest}x` })).code).toBe('MessageTooLarge');
  });

  it('counts the payload in UTF-8', () => {
    const largest = '漢'.repeat((128 * KIB - 2) / 3);

    expect(() => parseDirectMethodCall({ methodName: 'm', payload: largest })).not.toThrow();
    expect(refusalOf(() => parseDirectMethodCall({ methodName: 'm', payload: `${largest}漢` })).code).toBe('MessageTooLarge');
  });
});
