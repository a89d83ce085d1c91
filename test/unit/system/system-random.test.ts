// What is drawn has the right form and does not repeat.
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/system/system-random.ts';

describe('the system random source', () => {
  it('draws version 4 UUIDs in lower case', () => {
    const uuid = systemRandom.uuid();

    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(systemRandom.uuid()).not.toBe(uuid);
  });

  it('draws as many bytes as asked for', () => {
    const bytes = systemRandom.bytes(32);

    expect(bytes).toHaveLength(32);
    expect(systemRandom.bytes(32)).not.toEqual(bytes);
  });

  it('gives nothing twice, however much is drawn, and takes back nothing that it gave', () => {
    const drawn = Array.from({ length: 1000 }, () => systemRandom.bytes(32));

    const texts = drawn.map((bytes) => bytes.join());
    expect(new Set(texts).size).toBe(1000);
    expect(texts).not.toContain(new Uint8Array(32).join());
  });

  it.each([0, 1, 256, 257, 5000])('draws %i bytes', (length) => {
    expect(systemRandom.bytes(length)).toHaveLength(length);
  });
});
