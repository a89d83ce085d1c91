// Connection strings: how they are read and written, and that refusals keep their secrets.
import { describe, expect, it } from 'vitest';
import {
  formatDeviceConnectionString,
  formatServiceConnectionString,
  parseConnectionString,
} from '../../../../src/domain/access/connection-string.ts';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { refusalOf } from '../refusal.ts';

describe('connection strings', () => {
  it('of back ends are read as they are written', () => {
    const text = formatServiceConnectionString({ hostName: 'localhost', policy: 'service', key: 'a2V5PT0=' });

    expect(text).toBe('HostName=localhost;SharedAccessKeyName=service;SharedAccessKey=a2V5PT0=');
    expect(parseConnectionString(text)).toEqual({ hostName: 'localhost', deviceId: undefined, policyName: 'service', key: 'a2V5PT0=' });
  });

  it('of devices are read as they are written', () => {
    const text = formatDeviceConnectionString({ hostName: 'localhost', deviceId: 'a=b', key: 'a2V5PT0=' });

    expect(text).toBe('HostName=localhost;DeviceId=a=b;SharedAccessKey=a2V5PT0=');
    expect(parseConnectionString(text)).toEqual({ hostName: 'localhost', deviceId: 'a=b', policyName: undefined, key: 'a2V5PT0=' });
  });

  it('may come in any order, with unknown parts, a port and a separator at the end', () => {
    const text = ' SharedAccessKey=a2V5;GatewayHostName=gw;HostName=localhost:8443;SharedAccessKeyName=service; ';

    expect(parseConnectionString(text)).toMatchObject({ hostName: 'localhost:8443', policyName: 'service', key: 'a2V5' });
  });
});

describe('parseConnectionString', () => {
  it.each([
    ['nothing', ''],
    ['no host name', 'SharedAccessKeyName=service;SharedAccessKey=c2VjcmV0'],
    ['an empty host name', 'HostName=;SharedAccessKey=c2VjcmV0'],
    ['a host name in other letters', 'hostname=localhost;SharedAccessKey=c2VjcmV0'],
    ['a part without =', 'HostName=localhost;c2VjcmV0'],
    ['a part without a name', 'HostName=localhost;=c2VjcmV0'],
    ['a part twice', 'HostName=localhost;SharedAccessKey=c2VjcmV0;SharedAccessKey=c2VjcmV0'],
    ['too much', `HostName=localhost;SharedAccessKey=c2VjcmV0;${'x=1'.padEnd(LIMITS.connectionStringChars.value, '1')}`],
  ])('refuses %s without a word of its values', (_what, text) => {
    const refusal = refusalOf(() => parseConnectionString(text));

    expect(refusal.code).toBe('ArgumentInvalid');
    expect(refusal.message).not.toContain('c2VjcmV0');
  });

  it('reads the longest allowed text and refuses one character more', () => {
    const longest = 'HostName='.padEnd(LIMITS.connectionStringChars.value, 'h');

    expect(parseConnectionString(longest).hostName).toMatch(/^h+$/);
    expect(refusalOf(() => parseConnectionString(`${longest}h`)).code).toBe('ArgumentInvalid');
  });
});
