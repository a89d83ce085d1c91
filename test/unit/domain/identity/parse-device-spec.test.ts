// Bodies of device PUTs.
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/domain/json.ts';
import { NO_EDGE } from '../../../../src/domain/identity/device-scope.ts';
import { deviceDocument } from '../../../../src/domain/identity/device-document.ts';
import { parseDeviceSpec } from '../../../../src/domain/identity/parse-device-spec.ts';
import { refusalOf } from '../refusal.ts';
import { deviceWith, LONGEST_KEY, SHORTEST_KEY } from './device-builder.ts';
import { sas } from '../../../support/identities.ts';

const withKeys = (primaryKey: JsonValue, secondaryKey: JsonValue): JsonObject => ({
  authentication: { symmetricKey: { primaryKey, secondaryKey } },
});

describe('parseDeviceSpec', () => {
  it('fills in an enabled device whose keys are to be made', () => {
    expect(parseDeviceSpec('d', {})).toEqual({
      deviceId: 'd',
      status: 'enabled',
      statusReason: null,
      authentication: undefined,
      edge: NO_EDGE,
    });
  });

  it('reads what a caller may set', () => {
    const body = { deviceId: 'd', status: 'disabled', statusReason: 'stolen', ...withKeys(SHORTEST_KEY, LONGEST_KEY) };

    expect(parseDeviceSpec('d', body)).toEqual({
      deviceId: 'd',
      status: 'disabled',
      statusReason: 'stolen',
      authentication: sas({ primaryKey: SHORTEST_KEY, secondaryKey: LONGEST_KEY }),
      edge: NO_EDGE,
    });
  });

  it('accepts a whole device that is sent back', () => {
    const device = deviceWith({ status: 'disabled', statusReason: 'stolen' });

    const spec = parseDeviceSpec('device', deviceDocument(device));

    expect(spec).toEqual({
      deviceId: 'device',
      status: 'disabled',
      statusReason: 'stolen',
      authentication: device.authentication,
      edge: NO_EDGE,
    });
  });

  it.each([
    ['no authentication', {}],
    ['null authentication', { authentication: null }],
    ['type sas alone', { authentication: { type: 'sas' } }],
    ['empty keys', { authentication: { type: 'sas', symmetricKey: { primaryKey: '', secondaryKey: '' } } }],
    [
      'null keys',
      { authentication: { symmetricKey: { primaryKey: null, secondaryKey: null }, x509Thumbprint: { primaryThumbprint: null } } },
    ],
  ])('asks for new keys with %s', (_what, body: JsonObject) => {
    expect(parseDeviceSpec('d', body).authentication).toBeUndefined();
  });

  it.each([
    ['Enabled', 'enabled'],
    ['DISABLED', 'disabled'],
  ])('reads the status %s, as the SDK for Java writes it, as %s', (status, read) => {
    expect(parseDeviceSpec('d', { status }).status).toBe(read);
  });

  const refused: [title: string, body: JsonValue, named: string][] = [
    ['a body that is no object', [], 'JSON object'],
    ['another id in the body', { deviceId: 'D' }, 'deviceId'],
    ['an id that is no string', { deviceId: 1 }, 'deviceId'],
    ['an unknown status', { status: 'asleep' }, 'status'],
    ['a status that is no string', { status: true }, 'status'],
    ['a reason that is no string', { statusReason: 1 }, 'statusReason'],
    ['a reason of 129 characters', { statusReason: 'x'.repeat(129) }, 'statusReason'],
    ['one key alone', withKeys(SHORTEST_KEY, ''), 'secondaryKey'],
    ['the other key alone', withKeys(null, SHORTEST_KEY), 'primaryKey'],
    ['a key of 15 bytes', withKeys(SHORTEST_KEY, 'AAECAwQFBgcICQoLDA0O'), 'secondaryKey'],
    ['a key of 65 bytes', withKeys(`${'QUJD'.repeat(21)}QUI=`, SHORTEST_KEY), 'primaryKey'],
    ['a key without its padding', withKeys('AAECAwQFBgcICQoLDA0ODw', SHORTEST_KEY), 'primaryKey'],
    ['a key in the alphabet of URLs', withKeys('AAECAwQFBgcICQoLDA-_Dw==', SHORTEST_KEY), 'primaryKey'],
    ['a key with padding inside', withKeys('AAEC==QFBgcICQoLDA0ODw==', SHORTEST_KEY), 'primaryKey'],
    ['a key that is no string', withKeys(1, SHORTEST_KEY), 'primaryKey'],
    ['authentication that is no object', { authentication: 'sas' }, 'authentication'],
    ['an unknown type', { authentication: { type: 'SAS' } }, 'authentication.type'],
    ['an edge flag that is none', { capabilities: { iotEdge: 'yes' } }, 'iotEdge'],
    ['a scope that is no text', { deviceScope: 1 }, 'deviceScope'],
    ['parents that are no list', { parentScopes: 'parent' }, 'parentScopes'],
    ['a parent that is no text', { parentScopes: [1] }, 'parentScopes'],
    ['two parents', { parentScopes: ['a', 'b'] }, 'parentScopes'],
    ['type none', { authentication: { type: 'none' } }, 'none'],
    ['a thumbprint that is none', { authentication: { x509Thumbprint: { primaryThumbprint: 'AB' } } }, 'primaryThumbprint'],
  ];
  it.each(refused)('refuses %s', (_title, body, named) => {
    const refusal = refusalOf(() => parseDeviceSpec('d', body));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).toContain(named);
  });

  it('reads what makes an edge device, and what names a parent', () => {
    const body = { capabilities: { iotEdge: true }, deviceScope: 'own', parentScopes: ['parent'] };

    expect(parseDeviceSpec('d', body)).toMatchObject({ edge: { iotEdge: true, deviceScope: 'own', parentScopes: ['parent'] } });
  });

  it.each([
    [{ capabilities: { iotEdge: false } }],
    [{ capabilities: {} }],
    [{ deviceScope: '', parentScopes: [] }],
    [{ deviceScope: null, parentScopes: null }],
    [{ parentScopes: [''] }],
  ])('accepts %j, which asks for nothing', (body) => {
    expect(parseDeviceSpec('d', body)).toMatchObject({ edge: NO_EDGE });
  });

  it('accepts a reason of 128 characters', () => {
    expect(parseDeviceSpec('d', { statusReason: 'x'.repeat(128) }).statusReason).toHaveLength(128);
  });

  it('keeps a refused key out of its message', () => {
    expect(refusalOf(() => parseDeviceSpec('d', withKeys('secret', SHORTEST_KEY))).message).not.toContain('secret');
  });

  it('checks the id', () => {
    expect(refusalOf(() => parseDeviceSpec('a/b', {})).code).toBe('ArgumentInvalid');
  });
});
