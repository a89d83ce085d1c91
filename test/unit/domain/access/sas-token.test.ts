// SAS tokens: how they are read and written, what they cover, when they end. Signatures are made with node:crypto.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  claimedModuleId,
  formatSasToken,
  isExpired,
  isHubHost,
  parseSasToken,
  textToSign,
  tokenCovers,
  tokenCoversIdentity,
} from '../../../../src/domain/access/sas-token.ts';
import { outcomeOf } from '../../../../src/domain/errors.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { refusalOf } from '../refusal.ts';

const HOSTS = ['localhost', 'hub.example'];
const KEY = Buffer.from('password').toString('base64');

const sign = (text: string): string => createHmac('sha256', Buffer.from(KEY, 'base64')).update(text).digest('base64');
const tokenFor = (resource: string) => parseSasToken(`SharedAccessSignature sr=${resource}&sig=c2ln&se=1`);

describe('parseSasToken', () => {
  it('reads the token of the test vector, whose signature fits what it says was signed', () => {
    const token = parseSasToken('SharedAccessSignature sr=uri&sig=kcWxXAK2OAaAoq2oCkaGzX2NMqDB8nCyNuq2fPYCDhk%3D&skn=name&se=12345');

    expect(token).toEqual({
      resource: 'uri',
      signature: 'kcWxXAK2OAaAoq2oCkaGzX2NMqDB8nCyNuq2fPYCDhk=',
      expirySeconds: 12_345,
      policyName: 'name',
      signedText: 'uri\n12345',
    });
    expect(sign(token.signedText)).toBe(token.signature);
  });

  it('reads the fields in any order', () => {
    const fields = ['sr=localhost', 'sig=c2ln', 'skn=service', 'se=42'];
    const expected = parseSasToken(`SharedAccessSignature ${fields.join('&')}`);

    fc.assert(
      fc.property(fc.shuffledSubarray(fields, { minLength: 4 }), (shuffled) => {
        expect(parseSasToken(`SharedAccessSignature ${shuffled.join('&')}`)).toEqual(expected);
      }),
    );
  });

  it('keeps the resource and the expiry as they were sent, since their bytes were signed', () => {
    const token = parseSasToken('SharedAccessSignature sr=LocalHost%2fdevices%2fa&sig=c2ln&se=0042');

    expect(token.resource).toBe('LocalHost%2fdevices%2fa');
    expect(token.signedText).toBe('LocalHost%2fdevices%2fa\n0042');
    expect(token.expirySeconds).toBe(42);
  });

  it.each([
    ['an absent policy name', 'sr=x&sig=c2ln&se=1', undefined],
    ['an empty policy name', 'sr=x&sig=c2ln&se=1&skn=', undefined],
    ['an encoded policy name', 'sr=x&sig=c2ln&se=1&skn=my%20policy', 'my policy'],
  ])('reads %s', (_what, fields, policyName) => {
    expect(parseSasToken(`SharedAccessSignature ${fields}`).policyName).toBe(policyName);
  });

  it.each([
    ['lower-case hex', 'sig=a%2fb%3d'],
    ['upper-case hex', 'sig=a%2Fb%3D'],
    ['no encoding', 'sig=a/b='],
  ])('reads a signature in %s', (_what, field) => {
    expect(parseSasToken(`SharedAccessSignature sr=x&se=1&${field}`).signature).toBe('a/b=');
  });

  it('ignores fields it does not know and takes any integer as expiry', () => {
    const token = parseSasToken('SharedAccessSignature sr=x&sig=c2ln&se=-5&future=1');

    expect(token.expirySeconds).toBe(-5);
    expect(parseSasToken('SharedAccessSignature sr=x&sig=c2ln&se=99999999999999999999').expirySeconds).toBe(1e20);
  });

  it.each([
    ['nothing', ''],
    ['another scheme', 'Bearer sr=x&sig=c2ln&se=1'],
    ['the scheme alone', 'SharedAccessSignature '],
    ['no scheme', 'sr=x&sig=c2ln&se=1'],
    ['no resource', 'SharedAccessSignature sig=c2ln&se=1'],
    ['an empty resource', 'SharedAccessSignature sr=&sig=c2ln&se=1'],
    ['no signature', 'SharedAccessSignature sr=x&se=1'],
    ['an empty signature', 'SharedAccessSignature sr=x&sig=&se=1'],
    ['no expiry', 'SharedAccessSignature sr=x&sig=c2ln'],
    ['an expiry that is no integer', 'SharedAccessSignature sr=x&sig=c2ln&se=1.5'],
    ['an expiry in hexadecimal', 'SharedAccessSignature sr=x&sig=c2ln&se=0x10'],
    ['an expiry of 21 digits', `SharedAccessSignature sr=x&sig=c2ln&se=${'9'.repeat(21)}`],
    ['a field twice', 'SharedAccessSignature sr=x&sig=c2ln&se=1&se=2'],
    ['an unknown field twice', 'SharedAccessSignature sr=x&sig=c2ln&se=1&a=1&a=2'],
    ['a field without a value', 'SharedAccessSignature sr=x&sig=c2ln&se=1&skn'],
    ['a field without a name', 'SharedAccessSignature sr=x&sig=c2ln&se=1&=y'],
    ['an empty field', 'SharedAccessSignature sr=x&&sig=c2ln&se=1'],
    ['a broken escape in the signature', 'SharedAccessSignature sr=x&sig=%zz&se=1'],
    ['a broken escape in the policy name', 'SharedAccessSignature sr=x&sig=c2ln&se=1&skn=%e0%a4'],
  ])('refuses %s', (_what, text) => {
    expect(refusalOf(() => parseSasToken(text)).code).toBe('IotHubUnauthorizedAccess');
  });

  it('keeps the token out of its refusal', () => {
    expect(refusalOf(() => parseSasToken('SharedAccessSignature sr=x&sig=secret&sig=secret&se=1')).message).not.toContain('secret');
  });

  it('reads the longest allowed text and refuses one character more', () => {
    const fields = 'SharedAccessSignature sig=c2ln&se=1&sr=';
    const longest = fields.padEnd(LIMITS.sasTokenChars.value, 'x');

    expect(parseSasToken(longest).resource).toMatch(/^x+$/);
    expect(refusalOf(() => parseSasToken(`${longest}x`)).code).toBe('IotHubUnauthorizedAccess');
  });

  it('answers any text with a token or a refusal', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('sr=&', 'sig=%', 'se=1&&')), (text) => {
        const outcome = outcomeOf(() => parseSasToken(`SharedAccessSignature ${text}`));

        const isGood = outcome.kind === 'done' ? outcome.value.resource !== '' : outcome.refusal.code === 'IotHubUnauthorizedAccess';
        expect(isGood).toBe(true);
      }),
    );
  });
});

describe('formatSasToken', () => {
  it('writes the token of the test vector', () => {
    const signature = sign(textToSign('uri', 12_345));

    const text = formatSasToken({ resource: 'uri', signature, expirySeconds: 12_345, policyName: undefined });

    expect(text).toBe('SharedAccessSignature sr=uri&sig=kcWxXAK2OAaAoq2oCkaGzX2NMqDB8nCyNuq2fPYCDhk%3D&se=12345');
  });

  it('writes what parseSasToken reads', () => {
    const token = { resource: 'localhost%2Fdevices%2Fa', signature: 'a+/=', expirySeconds: 7, policyName: 'my&policy' };

    expect(parseSasToken(formatSasToken(token))).toEqual({ ...token, signedText: textToSign(token.resource, 7) });
  });
});

describe('isExpired', () => {
  it('ends a token at its second', () => {
    const token = parseSasToken('SharedAccessSignature sr=x&sig=c2ln&se=100');

    expect(isExpired(token, 99_999)).toBe(false);
    expect(isExpired(token, 100_000)).toBe(true);
  });
});

describe('tokenCovers', () => {
  it.each([
    ['localhost', '/devices/a', true],
    ['localhost', '/twins/a/methods', true],
    ['localhost/', '/devices/a', true],
    ['LOCALHOST', '/devices/a', true],
    ['Hub.Example', '/devices/a', true],
    ['localhost:8443', '/devices/a', true],
    ['localhost%3A8443', '/devices/a', true],
    ['localhost%2Fdevices', '/devices/a', true],
    ['localhost%2fdevices%2fa', '/devices/a', true],
    ['localhost/devices/a', '/devices/a', true],
    ['localhost/devices/a', '/devices/a/messages', true],
    ['localhost/devices/a/', '/devices/a', true],
    ['localhost/devices/a', '/devices/ab', false],
    ['localhost/devices/ab', '/devices/a', false],
    ['localhost/devices/A', '/devices/a', false],
    ['localhost/Devices/a', '/devices/a', false],
    ['localhost/devices/a/messages', '/devices/a', false],
    ['localhost/twins', '/devices/a', false],
    ['localhost//devices', '/devices/a', false],
    ['localhost.evil.example', '/devices/a', false],
    ['evil.example/localhost', '/devices/a', false],
    ['evil.example', '/devices/a', false],
    ['localhos', '/devices/a', false],
    ['localhost:x', '/devices/a', false],
    ['/devices/a', '/devices/a', false],
    ['https://localhost/devices/a', '/devices/a', false],
  ])('of %s and %s is %s', (resource, path, expected) => {
    expect(tokenCovers(tokenFor(resource), HOSTS, path)).toBe(expected);
  });

  it.each([
    ['localhost/devices/50%25', '/devices/50%', true],
    ['localhost/devices/50%', '/devices/50%', true],
    ['localhost/devices/a%2Bb', '/devices/a+b', true],
    ['localhost/devices/a+b', '/devices/a+b', true],
    ['localhost/devices/a%2Bb', '/devices/a%2Bb', false],
  ])('decodes %s once, for %s: %s', (resource, path, expected) => {
    expect(tokenCovers(tokenFor(resource), HOSTS, path)).toBe(expected);
  });

  it.each([
    ['::1', '::1'],
    ['[::1]', '::1'],
    ['[::1]:8443', '::1'],
    ['%5B::1%5D:8443', '[::1]'],
    ['127.0.0.1:443', '127.0.0.1'],
    ['hub', 'HUB:8883'],
  ])('knows the host of %s as %s', (resource, hostName) => {
    expect(tokenCovers(tokenFor(resource), [hostName], '/devices/a')).toBe(true);
  });

  it('covers nothing on a hub without names', () => {
    expect(tokenCovers(tokenFor('localhost'), [], '/devices/a')).toBe(false);
  });
});

describe('isHubHost', () => {
  it.each([
    ['localhost', true],
    ['LOCALHOST:8883', true],
    ['hub.example', true],
    ['sub.hub.example', false],
    ['', false],
  ])('of %j is %s', (host, expected) => {
    expect(isHubHost(host, HOSTS)).toBe(expected);
  });
});

describe('claimedModuleId', () => {
  it.each([
    ['localhost%2Fdevices%2Fa%2Fmodules%2Fm', 'm'],
    ['localhost/devices/a/modules/m%401/api-version=2016-11-14', 'm@1'],
    ['localhost/devices/a/modules/', undefined],
    ['localhost/devices/a/modules', undefined],
    ['localhost/devices/a', undefined],
    ['localhost/devices/b/modules/m', undefined],
    ['localhost', undefined],
    ['evil.example/devices/a/modules/m', undefined],
  ])('of %s is %s', (resource, moduleId) => {
    expect(claimedModuleId(formatSasToken(tokenFor(resource)), HOSTS, 'a')).toBe(moduleId);
  });

  it('of what is no token is none', () => {
    expect(claimedModuleId('localhost/devices/a/modules/m', HOSTS, 'a')).toBeUndefined();
  });
});

describe('tokenCoversIdentity', () => {
  it.each([
    ['localhost%2Fdevices%2Fa%2Fmodules%2Fm', true],
    ['localhost/devices/a/modules/m/api-version=2016-11-14', true],
    ['localhost%2Fdevices%2Fa%2Fmodules%2FM', true],
    ['localhost/devices/a', true],
    ['localhost', true],
    ['localhost/devices/a/modules/n', false],
    ['localhost/devices/a/modules/m2', false],
    ['localhost/devices/b/modules/m', false],
    ['localhost/devices/b', false],
  ])('of %s for the module m of a is %s', (resource, expected) => {
    expect(tokenCoversIdentity(tokenFor(resource), HOSTS, { deviceId: 'a', moduleId: 'm' })).toBe(expected);
  });

  it.each([
    ['localhost', true],
    ['localhost/devices', true],
    ['localhost/devices/a', true],
    ['localhost%2Fdevices%2Fa%2Fapi-version%3D2016-11-14', true],
    ['localhost/devices/a/messages/events', true],
    ['localhost/devices/ab', false],
    ['localhost/devices/ab/api-version=2016-11-14', false],
    ['localhost/devices/a/modules/m', false],
    ['localhost/twins/a', false],
    ['evil.example/devices/a/api-version=2016-11-14', false],
  ])('of %s is %s', (resource, expected) => {
    expect(tokenCoversIdentity(tokenFor(resource), HOSTS, { deviceId: 'a' })).toBe(expected);
  });

  it.each([
    ['100%Ab', 'LOCALHOST/devices/100%Ab', 'not encoded, by the SDK for C'],
    ['100%Ab', 'localhost%2Fdevices%2F100%2525Ab', 'encoded twice, by SDKs for .NET'],
    ['a@B', 'localhost%2Fdevices%2Fa%2540B', 'encoded twice, by SDKs for .NET'],
    ['a@B', 'localhost%2fdevices%2fa%40b', 'in lower case, by published samples'],
    ['a@B', 'localhost/devices/a%40B', 'encoded in a path that is not, by the SDK for Java'],
    ['a@B', 'localhost/devices/a@b/api-version=2016-11-14', 'in lower case, with an api-version behind it'],
  ])('of %s by %s, %s, holds when the device signed it itself', (id, resource) => {
    expect(tokenCoversIdentity(tokenFor(resource), HOSTS, { deviceId: id })).toBe(true);
  });

  it.each([
    ['100%Ab', 'localhost%2Fdevices%2F100%2525Ab'],
    ['a@B', 'localhost%2Fdevices%2Fa%40b'],
    ['a@B', 'localhost%2Fdevices%2Fa%2540B'],
  ])('of %s by %s does not hold when a policy signed it, which vouches for all devices', (id, resource) => {
    const { signature, expirySeconds } = tokenFor(resource);
    const token = parseSasToken(formatSasToken({ resource, signature, expirySeconds, policyName: 'device' }));

    expect(tokenCoversIdentity(token, HOSTS, { deviceId: id })).toBe(false);
  });

  it.each([
    'localhost/devices/A/modules/m',
    'localhost/devices/a/Modules/m',
    'localhost/devices/a/modules',
    'localhost%2Fdevices%2Fa%2Fmodules%2F',
    'localhost%2Fdevices%2Fa%252Fmodules%252Fm',
    'localhost/devices/ab',
    'localhost/DEVICES',
  ])('of %s does not hold for the device a, whoever signed it', (resource) => {
    const { signature, expirySeconds } = tokenFor(resource);
    const byPolicy = parseSasToken(formatSasToken({ resource, signature, expirySeconds, policyName: 'device' }));

    expect(tokenCoversIdentity(tokenFor(resource), HOSTS, { deviceId: 'a' })).toBe(false);
    expect(tokenCoversIdentity(byPolicy, HOSTS, { deviceId: 'a' })).toBe(false);
  });

  it('covers every legal id by its encoded path', () => {
    const id = "A-z:0.+%_#*?!(),=@;$'";

    expect(tokenCoversIdentity(tokenFor(`localhost%2Fdevices%2F${encodeURIComponent(id)}`), HOSTS, { deviceId: id })).toBe(true);
  });
});
