import { describe, expect, it } from 'vitest';
import { createVerifier, decode, type Jwk } from '../../src/index.ts';
import { createRemoteJwks, discover, type Jwks } from '../../src/jwk/index.ts';
import { createTestIssuer, type TestIssuer, type TokenFault } from '../../src/testing/index.ts';
import { signingKeyOf } from '../../src/testing/signing-key.ts';
import { rejectionOf } from '../fixtures/outcome.ts';

const audience = 'api';
const issuer = await createTestIssuer({ audience, algorithm: 'ES256' });

function verifierFor({ issuer, jwksUri, fetch, now: clock }: TestIssuer) {
  const jwks = createRemoteJwks(jwksUri, { fetch, clock });
  return createVerifier(jwks, { issuer, audience, clock });
}

const verify = verifierFor(issuer);
const headerOf = (token: string) => decode(token, { complete: true })?.header;

describe('a token', () => {
  it('has `iss`, `aud`, `iat` and `exp`, and the claims of the caller', async () => {
    const { iss, aud, iat = 0, exp = 0, sub } = await verify(await issuer.token({ sub: 'ada' }));
    expect({ iss, aud, sub }).toEqual({ iss: 'https://issuer.test', aud: 'api', sub: 'ada' });
    expect(exp - iat).toBe(300);
  });

  it('names the key that signed it, and the default `typ`', async () => {
    const { keys } = (await (await issuer.fetch(issuer.jwksUri)).json()) as Jwks;
    const header = { alg: 'ES256', typ: 'JWT', kid: keys[0]?.kid };
    expect(headerOf(await issuer.token())).toEqual(header);
  });

  it('has the claims of the caller in place of its own', async () => {
    const own = { iss: 'https://other.test', aud: ['a', 'b'], iat: 1, exp: 2, nbf: 3 };
    expect(decode(await issuer.token(own))).toEqual(own);
  });

  it('lacks the claims that the caller sets to undefined', async () => {
    const none = { iss: undefined, aud: undefined, iat: undefined, exp: undefined };
    expect(decode(await issuer.token({ ...none, sub: 'ada' }))).toEqual({ sub: 'ada' });
  });

  it('has the `typ`, the lifetime and no audience, as the options say', async () => {
    const other = await createTestIssuer({ algorithm: 'EdDSA', typ: 'at+jwt', expiresIn: '1h' });
    const token = await other.token();
    expect(headerOf(token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    const { iat = 0, ...claims } = decode(token, { json: true }) ?? {};
    expect(claims).toEqual({ iss: 'https://issuer.test', exp: iat + 3600 });
  });

  it.each([
    [undefined, 'RS256'],
    ['PS384', 'PS384'],
    ['Ed25519', 'Ed25519'],
  ] as const)('of an issuer with the algorithm %s is verified as %s', async (algorithm, alg) => {
    const other = await createTestIssuer({ audience, ...(algorithm && { algorithm }) });
    const token = await other.token({ sub: 'ada' });
    expect(headerOf(token)?.alg).toBe(alg);
    expect(await verifierFor(other)(token)).toMatchObject({ sub: 'ada' });
  });

  it('is verified by the key of its own issuer only', async () => {
    const other = await createTestIssuer({ audience, algorithm: 'ES256' });
    expect(await rejectionOf(verify(await other.token()))).toMatchObject({
      code: 'ERR_KEY_NOT_FOUND',
    });
  });

  it.each([
    ['claims that are not an object', 'sub', 'ERR_PAYLOAD_INVALID'],
    ['a list as claims', [], 'ERR_PAYLOAD_INVALID'],
    ['a time in milliseconds', { exp: 1.9e12 }, 'ERR_CLAIM_INVALID'],
    ['a subject that is a number', { sub: 5 }, 'ERR_CLAIM_INVALID'],
  ])('is not signed for %s', async (_, claims, code) => {
    const error = await rejectionOf(issuer.token(claims as never));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code });
  });
});

describe('a fault', () => {
  const cases: Array<[TokenFault, object]> = [
    ['expired', { code: 'ERR_CLAIM_EXPIRED', claim: 'exp' }],
    ['notActive', { code: 'ERR_CLAIM_NOT_ACTIVE', claim: 'nbf' }],
    ['wrongAudience', { code: 'ERR_CLAIM_MISMATCH', claim: 'aud' }],
    ['wrongIssuer', { code: 'ERR_CLAIM_MISMATCH', claim: 'iss' }],
    ['wrongKey', { code: 'ERR_SIGNATURE_INVALID' }],
    ['unknownKid', { code: 'ERR_KEY_NOT_FOUND' }],
    ['unsigned', { code: 'ERR_SIGNATURE_MISSING' }],
    ['tampered', { code: 'ERR_SIGNATURE_INVALID' }],
  ];

  it.each(cases)('%s makes the verifier reject the token', async (fault, expected) => {
    const token = await issuer.token({ sub: 'ada' }, fault);
    expect(await rejectionOf(verify(token))).toMatchObject(expected);
    expect(await verify(await issuer.token({ sub: 'ada' }))).toMatchObject({ sub: 'ada' });
  });

  it('noKid leaves a token that the only key of the set verifies', async () => {
    const token = await issuer.token({ sub: 'ada' }, 'noKid');
    expect(headerOf(token)).not.toHaveProperty('kid');
    expect(await verify(token)).toMatchObject({ sub: 'ada' });
  });

  it('wrongIssuer has no key in discovered metadata', async () => {
    const { fetch, now: clock } = issuer;
    const { jwks } = await discover(issuer.issuer, { fetch, clock });
    const token = await issuer.token({}, 'wrongIssuer');
    const error = await rejectionOf(createVerifier(jwks, { audience, clock })(token));
    expect(error).toMatchObject({ code: 'ERR_KEY_NOT_FOUND' });
  });

  it('replaces the claims of the caller', async () => {
    const own = { exp: 4e9, aud: audience };
    const {
      iat = 0,
      exp = 0,
      aud,
    } = decode(await issuer.token(own, ['expired', 'wrongAudience']), { json: true }) as {
      iat?: number;
      exp?: number;
      aud?: string;
    };
    expect([exp < issuer.now() / 1000, exp - iat, aud]).toEqual([
      true,
      300,
      'https://wrong-audience.test',
    ]);
  });

  it('wrongKey signs under the `kid` of the issuer, unknownKid does not', async () => {
    const [genuine, wrong, unknown] = await Promise.all(
      [[], 'wrongKey' as const, 'unknownKid' as const].map((fault) => issuer.token({}, fault)),
    );
    expect(headerOf(wrong ?? '')).toEqual(headerOf(genuine ?? ''));
    expect(headerOf(unknown ?? '')?.kid).not.toBe(headerOf(genuine ?? '')?.kid);
  });

  it('is combined with others', async () => {
    const token = await issuer.token({}, ['expired', 'wrongAudience', 'notActive', 'noKid']);
    const { nbf = 0, exp = 0 } = decode(token, { json: true }) ?? {};
    const now = issuer.now() / 1000;
    expect([nbf > now, exp < now, headerOf(token)?.kid]).toEqual([true, true, undefined]);
    const unsigned = await issuer.token({}, ['unsigned', 'unknownKid', 'expired']);
    expect([headerOf(unsigned)?.alg, unsigned.endsWith('.')]).toEqual(['none', true]);
    const forged = await issuer.token({}, ['tampered', 'wrongKey']);
    expect(await rejectionOf(verify(forged))).toMatchObject({ code: 'ERR_SIGNATURE_INVALID' });
  });

  it.each([
    [['unsigned', 'wrongKey']],
    [['tampered', 'unsigned']],
    [['noKid', 'expired', 'unknownKid']],
  ] as const)('of %j is a TypeError, because one hides the other', async (faults) => {
    const error = await rejectionOf(issuer.token({}, faults));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
    expect(error.message).toMatch(/^"faults" must not have both \w+ and \w+: omit one of them$/);
  });

  it.each(['expird', ['expired', 'expird'], null, 5, ['constructor']])(
    'with an unknown name is a TypeError: %j',
    async (faults) => {
      const error = await rejectionOf(issuer.token({}, faults as never));
      expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION_INVALID' });
      expect(error.message).toMatch(/^"faults" must be one or an array of notActive, /);
    },
  );
});

describe('the key of an issuer', () => {
  it('is known to the attack kit, with claims, header and clock of a genuine token', async () => {
    const { key, algorithm, claims, header, clock } = signingKeyOf(issuer) ?? {};
    expect(key).toHaveProperty('d');
    expect(clock).toBe(issuer.now);
    expect(algorithm).toBe('ES256');
    expect({ alg: algorithm, ...header }).toEqual(headerOf(await issuer.token()));
    expect(claims).toEqual({ iss: 'https://issuer.test', aud: 'api' });
    expect(signingKeyOf({})).toBeUndefined();
  });

  it('is in no member of the issuer', async () => {
    const { key } = signingKeyOf(issuer) as { key: Jwk };
    const d = String(key['d']);
    const documents = await Promise.all(
      [issuer.jwksUri, `${issuer.issuer}/.well-known/openid-configuration`].map(async (url) =>
        (await issuer.fetch(url)).text(),
      ),
    );
    expect(d.length).toBeGreaterThan(40);
    expect(JSON.stringify(issuer) + documents.join()).not.toContain(d);
  });
});
