// The settings of the listener that no test can wait for.
import { expect, test } from 'vitest';
import { LIMITS } from '../../../../src/domain/limits.ts';
import { httpsOptions, SILENT_CONNECTION_MS } from '../../../../src/gateways/http/https-options.ts';

const options = httpsOptions({ certPem: 'cert', keyPem: 'key' });

test('Idle connections outlive the longest pause between two polls of an SDK.', () => {
  expect(options.keepAliveTimeout).toBe(120_000);
});

test('A request that trickles in is cut off, headers and body alike.', () => {
  expect(options.headersTimeout).toBe(60_000);
  expect(options.requestTimeout).toBe(60_000);
  expect(options.handshakeTimeout).toBe(60_000);
});

test('The headers of one request are limited.', () => {
  expect(options.maxHeaderSize).toBe(16 * 1024);
});

test('A connection may be silent while the longest direct method runs, but not for ever.', () => {
  const longestMethodMs = 1000 * (LIMITS.methodConnectTimeoutMaxSeconds.value + LIMITS.methodResponseTimeoutMaxSeconds.value);

  expect(SILENT_CONNECTION_MS).toBeGreaterThan(longestMethodMs);
  expect(SILENT_CONNECTION_MS).toBeLessThan(2 * longestMethodMs);
});
