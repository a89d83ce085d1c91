// Addresses of peers as people write them.
import { expect, test } from 'vitest';
import { sourceAddress } from '../../../../src/domain/access/source-address.ts';

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['::ffff:c000:207', '::ffff:c000:207'],
  ['::1', '::1'],
])('%s is shown as %s.', (address, shown) => {
  expect(sourceAddress(address)).toBe(shown);
});
