import { createHmac, createSecretKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { withSignature } from '../../src/core/encoding/token-bytes.ts';
import { bindHmac } from '../../src/core/keys/hmac.ts';

/**
 * RFC 4231 §4. Test cases 3 and 4 are absent, because their data is not ASCII as every signing input is,
 * and so is 5, which is about truncation.
 */
const vectors = [
  {
    name: '§4.2',
    key: '0b'.repeat(20),
    data: 'Hi There',
    sha256: 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    sha384:
      'afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6',
    sha512:
      '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
  },
  {
    name: '§4.3, a key shorter than the output',
    key: '4a656665',
    data: 'what do ya want for nothing?',
    sha256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    sha384:
      'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
    sha512:
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  },
  {
    name: '§4.7, a key larger than a block',
    key: 'aa'.repeat(131),
    data: 'Test Using Larger Than Block-Size Key - Hash Key First',
    sha256: '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    sha384:
      '4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952',
    sha512:
      '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  },
  {
    name: '§4.8, a key and data larger than a block',
    key: 'aa'.repeat(131),
    data: 'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
    sha256: '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    sha384:
      '6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e',
    sha512:
      'e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58',
  },
];

describe.each(vectors)('RFC 4231 $name', ({ key, data, ...macs }) => {
  test.each([256, 384, 512] as const)('HMAC of SHA-%i', (bits) => {
    const hash = `sha${bits}` as const;
    const secret = createSecretKey(key, 'hex');
    const mac = Buffer.from(macs[hash], 'hex').toString('base64url');
    expect(createHmac(hash, secret).update(data).digest('hex')).toBe(macs[hash]);
    const bound = bindHmac(bits, secret);
    expect(bound.mac(data)).toBe(mac);
    expect(bound.matches(withSignature(data, mac))).toBe(true);
    expect(bound.matches(withSignature(`${data} `, mac))).toBe(false);
  });
});
