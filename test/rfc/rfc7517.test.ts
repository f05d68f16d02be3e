import { describe, expect, test } from 'vitest';
import { readJwks } from '../../src/jwk/jwks/jwk-set.ts';

const ec = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  use: 'enc',
  kid: '1',
};
const rsa = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
};

describe('RFC 7517', () => {
  test('A.1: of the example set one key verifies signatures, and the one for encryption does not', () => {
    const { keys, skipped } = readJwks({ keys: [ec, rsa] });
    expect(keys.map(({ kid, algorithms }) => ({ kid, algorithms }))).toEqual([
      { kid: '2011-04-29', algorithms: ['RS256'] },
    ]);
    expect(skipped).toEqual([
      { index: 0, kid: '1', reason: 'it may not be used to verify: its "use" does not allow it' },
    ]);
  });

  test('A.3: the example set of secrets yields no public key', () => {
    const secrets = [
      { kty: 'oct', alg: 'A128KW', k: 'GawgguFyGrWKav7AX4VKUg' },
      { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75', kid: 'HMAC key' },
    ];
    expect(readJwks({ keys: secrets })).toMatchObject({ keys: [], skipped: [{}, {}] });
  });

  test('§5: members that are not understood are ignored', () => {
    expect(readJwks({ keys: [{ ...rsa, more: 1 }], cache: 3600 }).keys).toHaveLength(1);
  });
});
