// Signatures, against the contract's vector and node:crypto, and what verification refuses.
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../../../src/system/signer.ts';

/** From the SDK's own tests (contract 1.2). */
const VECTOR = { key: 'cGFzc3dvcmQ=', text: 'uri\n12345', signature: 'kcWxXAK2OAaAoq2oCkaGzX2NMqDB8nCyNuq2fPYCDhk=' };

describe('the signer', () => {
  it('signs as the SDK does', () => {
    const signer = createSigner();

    const signature = signer.sign(VECTOR.key, VECTOR.text);

    expect(signature).toBe(VECTOR.signature);
    expect(signer.verify(VECTOR.key, VECTOR.text, signature)).toBe(true);
  });

  it('agrees with node:crypto for any key and text', () => {
    const signer = createSigner();

    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.string({ unit: 'binary' }), (key, text) => {
        const expected = createHmac('sha256', key).update(text, 'utf8').digest('base64');

        expect(signer.sign(Buffer.from(key).toString('base64'), text)).toBe(expected);
      }),
    );
  });

  it.each([
    ['another signature', 'lcWxXAK2OAaAoq2oCkaGzX2NMqDB8nCyNuq2fPYCDhk='],
    ['a longer one', `${VECTOR.signature.slice(0, -1)}AA=`],
    ['a shorter one', 'kcWxXAK2OAaAoq2oCkaGzX2NMqDB8nCyNuq2fPYCDg=='],
    ['an empty one', ''],
    ['one without its padding', VECTOR.signature.slice(0, -1)],
    ['one with other unused bits', VECTOR.signature.replace('hk=', 'hl=')],
    ['one in the URL alphabet', Buffer.from(VECTOR.signature, 'base64').toString('base64url')],
    ['one with a space', ` ${VECTOR.signature}`],
    ['what is no base64', '!!!!'],
  ])('does not accept %s', (_, signature) => {
    const accepted = createSigner().verify(VECTOR.key, VECTOR.text, signature);

    expect(accepted).toBe(false);
  });

  it('does not accept a signature for another text or by another key', () => {
    const signer = createSigner();

    expect(signer.verify(VECTOR.key, 'uri\n12346', VECTOR.signature)).toBe(false);
    expect(signer.verify('cGFzc3dvcmU=', VECTOR.text, VECTOR.signature)).toBe(false);
  });

  it('takes a key whose last bits no byte needs, as the registry does', () => {
    const signer = createSigner();

    expect(signer.verify('cGFzc3dvcmR=', VECTOR.text, signer.sign('cGFzc3dvcmQ=', VECTOR.text))).toBe(true);
  });

  it.each(['', '====', 'no base64', 'cGFzc3dvcmQ', 'cGFzc3dvcmQ=='])('refuses the key %j', (key) => {
    const signer = createSigner();

    expect(() => signer.sign(key, 'text')).toThrow('The key is no base64.');
    expect(() => signer.verify(key, 'text', VECTOR.signature)).toThrow('The key is no base64.');
  });

  it('signs right after more keys than it keeps', () => {
    const signer = createSigner();
    for (let index = 0; index <= 10_000; index++) signer.sign(Buffer.from(`key ${index}`).toString('base64'), 'text');

    const first = signer.sign(Buffer.from('key 0').toString('base64'), 'text');

    expect(first).toBe(createHmac('sha256', 'key 0').update('text').digest('base64'));
  });
});
