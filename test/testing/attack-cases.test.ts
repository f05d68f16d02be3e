/** Each case of an attack is what its title says: a verifier with that bug accepts the token. */

import {
  createHmac,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
  verify as verifyBytes,
  X509Certificate,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createVerifier, decode, type KeyInput } from '../../src/index.ts';
import { publicKeyTexts } from '../../src/testing/attack/cases/public-key-texts.ts';
import { attack, type SigningFixtures } from '../../src/testing/index.ts';
import { ed448, rsaPss } from '../fixtures/keys.ts';
import { audience, type GenuineName, genuine, genuineNames, issuer } from './fixtures.ts';

const expected = { issuer, audience };
const checkOf = (name: GenuineName) =>
  createVerifier(genuine[name].verifying, { ...expected, algorithms: [name] });

/** The parts of a token, decoded without any check. */
function partsOf(token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return {
    header: JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, never>,
    payload: JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, never>,
    input: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** The ids of all cases that run, or could. */
async function idsOf(name: GenuineName): Promise<string[]> {
  const report = await attack((token) => token.length > 0, genuine[name].fixtures);
  const rows = [...report.holes, ...report.faults, ...report.notes, ...report.skipped];
  return rows.map(({ id }) => id);
}

/** What a verifier with a bug accepts, among what is worse than a note. */
async function acceptedBy(
  name: GenuineName,
  hasBug: (token: string) => unknown,
  only?: string,
): Promise<string[]> {
  const check = checkOf(name);
  const target = async (token: string) => {
    try {
      return check(token);
    } catch (error) {
      if (await hasBug(token)) return true;
      throw error;
    }
  };
  const { fixtures } = genuine[name];
  const { holes, faults, inconclusive } = await attack(target, fixtures, only ? { only } : {});
  expect(inconclusive).toBeUndefined();
  return [...holes, ...faults].map(({ id }) => id);
}

/** A bug that throws for tokens which are not meant for it. */
const lenient = (bug: (token: ReturnType<typeof partsOf>) => unknown) => async (token: string) => {
  try {
    return await bug(partsOf(token));
  } catch {
    return false;
  }
};

describe('the cases', () => {
  it.each(genuineNames)(
    'of %s have ids of their own, short titles and references',
    async (name) => {
      const report = await attack((token) => token.length > 0, genuine[name].fixtures);
      const rows = [...report.holes, ...report.faults, ...report.notes];
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
      for (const { id, title, reference } of rows) {
        expect(id).toMatch(/^[a-z-]+\/[A-Za-z0-9-]+$/);
        expect(title.length).toBeLessThan(100);
        expect(reference).toMatch(/^(RFC \d{4} §|CWE-\d)/);
      }
    },
  );

  it('are about as many as the design says, and confusion needs a public key', async () => {
    const [rsa, hmac] = [await idsOf('RS256'), await idsOf('HS256')];
    expect(rsa.length).toBeGreaterThan(205);
    expect(hmac.length).toBeGreaterThan(122);
    expect(rsa.filter((id) => id.startsWith('confusion/'))).toHaveLength(3 * 18);
    expect(hmac.filter((id) => id.startsWith('confusion/'))).toEqual([]);
  });

  it('never contain a genuine token', async () => {
    for (const name of genuineNames) {
      const check = createVerifier(genuine[name].verifying, { algorithms: [name] });
      // What the strictest verifier accepts has another payload or header than the genuine token.
      const { notes } = await attack(check, { ...genuine[name].fixtures, claims: { sub: 'ada' } });
      const transported = notes.filter(
        ({ id }) => !/^(kid\/|claims\/|typ\/|json\/proto$)/.test(id),
      );
      expect(transported).toEqual([]);
    }
  });
});

describe('confusion', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('uses 18 texts of a key for %s', async (name) => {
    const key = genuine[name].verifying as KeyObject;
    const texts = publicKeyTexts(key, { kid: 'main', alg: name });
    expect(new Set(texts.map(({ text }) => text.toString('latin1' as never))).size).toBe(18);
    for (const { name: text, text: secret } of texts) {
      const bug = lenient(({ header, input, signature }) => {
        const hash = `sha${String(header['alg']).slice(2)}`;
        return createHmac(hash, secret).update(input).digest().equals(signature);
      });
      const found = await acceptedBy(name, bug, 'confusion');
      expect(found).toEqual([256, 384, 512].map((bits) => `confusion/hs${bits}-${text}`));
    }
  });

  it('uses what there is of keys without a JWK', async () => {
    const { privateKey, publicKey } = rsaPss();
    expect(publicKeyTexts(publicKey, {})).toHaveLength(12);
    const claims = { sub: 'ada' };
    const fixtures: SigningFixtures = { key: privateKey, algorithm: 'PS256', claims };
    const check = createVerifier(publicKey, { algorithms: ['PS256'] });
    expect(await attack(check, fixtures)).toMatchObject({ ok: true, faults: [] });
  });

  it('works for Ed448', async () => {
    const { privateKey: key, publicKey } = ed448();
    const report = await attack(createVerifier(publicKey), { key, algorithm: 'EdDSA', claims: {} });
    expect(report).toMatchObject({ ok: true, faults: [] });
  });
});

describe('header-key', () => {
  const verifyUnder = (token: ReturnType<typeof partsOf>, key: KeyInput) => {
    const { header, input, signature } = token;
    const algorithms = [header['alg']] as never;
    const options = { algorithms, allowInsecureKeySizes: true };
    return createVerifier(key, options)(`${input}.${signature.toString('base64url')}`);
  };

  it.each(['RS256', 'ES256', 'EdDSA', 'HS256'] as const)('is found with %s', async (name) => {
    const byJwk = lenient((token) => verifyUnder(token, token.header['jwk'] as never));
    const embedded = await acceptedBy(name, byJwk, 'header-key');
    expect(embedded.length).toBeGreaterThanOrEqual(7);
    expect(embedded.every((id) => id.startsWith('header-key/jwk'))).toBe(true);
    const byCertificate = lenient((token) => {
      const [der = ''] = token.header['x5c'] as unknown as string[];
      const certificate = new X509Certificate(Buffer.from(der, 'base64'));
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.subject).toBe('CN=attacker');
      return verifyUnder(token, certificate.publicKey);
    });
    expect(await acceptedBy(name, byCertificate, 'header-key')).toEqual([
      'header-key/x5c',
      'header-key/x5c-no-kid',
    ]);
  });

  it('finds a target that verifies with what it fetches', async () => {
    const fetchText = async (url: unknown) => (await fetch(String(url))).text();
    const byJku = lenient(async (token) => {
      const { keys } = JSON.parse(await fetchText(token.header['jku'])) as { keys: JsonWebKey[] };
      const kid = token.header['kid'];
      return verifyUnder(token, keys.find((key) => key['kid'] === kid) as never);
    });
    expect(await acceptedBy('ES256', byJku, 'header-key')).toEqual([
      'header-key/jku',
      'header-key/jku-unknown-kid',
    ]);
    const byX5u = lenient(async (token) => {
      const pem = await fetchText(token.header['x5u']);
      return verifyUnder(token, new X509Certificate(pem).publicKey);
    });
    expect(await acceptedBy('EdDSA', byX5u, 'header-key')).toEqual(['header-key/x5u']);
    const byKid = lenient(async (token) =>
      verifyUnder(token, await fetchText(token.header['kid'])),
    );
    expect(await acceptedBy('RS256', byKid, 'kid')).toEqual(['kid/url']);
  });

  it('finds a target that fetches, and rejects the token all the same', async () => {
    const check = checkOf('RS256');
    const curious = async (token: string) => {
      const jku: unknown = decode(token, { complete: true })?.header['jku'];
      if (typeof jku === 'string') await fetch(jku);
      return check(token);
    };
    const { holes } = await attack(curious, genuine.RS256.fixtures);
    expect(holes.map(({ id }) => id)).toEqual(['header-key/jku', 'header-key/jku-unknown-kid']);
    expect(holes[0]).toMatchObject({
      reference: 'RFC 8725 §3.10, CWE-918',
      outcome: expect.stringMatching(/^fetched the URL in the header, and rejected: /),
    });
  });
});

describe('kid and weak-secret', () => {
  const hmacWith = (secretOf: (kid: unknown) => string | undefined) =>
    lenient(({ header, input, signature }) => {
      const secret = secretOf(header['kid']);
      if (secret === undefined) return false;
      const key = createSecretKey(Buffer.from(secret));
      const hash = `sha${String(header['alg']).slice(2)}`;
      return createHmac(hash, key).update(input).digest().equals(signature);
    });

  it('find a lookup of files', async () => {
    const files = hmacWith((kid) => (/\/dev\/null$|^NUL$/.test(String(kid)) ? '' : undefined));
    const found = await acceptedBy('RS256', files);
    expect(found).toEqual(['kid/empty-file-1', 'kid/empty-file-2', 'kid/empty-file-3']);
  });

  it('find a lookup in an object', async () => {
    const keys: Record<string, unknown> = {};
    const members = hmacWith((kid) => {
      const found = keys[String(kid)];
      return found === undefined ? undefined : String(found);
    });
    expect((await acceptedBy('HS256', members)).sort()).toEqual([
      'kid/member-constructor',
      'kid/member-hasownproperty',
      'kid/member-proto',
      'kid/member-tostring',
      'kid/member-valueof',
    ]);
  });

  it('find secrets that are not set', async () => {
    const unset = hmacWith((kid) => String(({ main: 'x' } as Record<string, string>)[String(kid)]));
    expect(await acceptedBy('ES256', unset, 'weak-secret')).toEqual(['weak-secret/undefined']);
  });
});

describe('signature', () => {
  it('finds a target that verifies no signature', async () => {
    const found = await acceptedBy(
      'ES256',
      lenient(({ payload }) => payload['sub']),
      'signature',
    );
    expect(found).toHaveLength(25);
  });

  it('finds zero in ECDSA', async () => {
    const bug = lenient(({ signature }) => signature.every((byte) => byte === 0 || byte === 1));
    expect(await acceptedBy('ES384', bug, 'signature')).toEqual(
      expect.arrayContaining(['signature/zeros', 'signature/r-zero', 'signature/s-zero']),
    );
  });

  it('finds DER of ECDSA', async () => {
    for (const name of ['ES256', 'ES384'] as const) {
      const key = genuine[name].verifying as KeyObject;
      const hash = `sha${name.slice(2)}`;
      const bug = lenient(({ input, signature }) =>
        verifyBytes(hash, Buffer.from(input), { key, dsaEncoding: 'der' }, signature),
      );
      expect(await acceptedBy(name, bug)).toEqual(['signature/der']);
    }
  });

  it('finds MACs that are compared in part', async () => {
    const { key } = genuine.HS256.fixtures;
    const bug = lenient(({ input, signature }) => {
      const mac = createHmac('sha256', key as Buffer)
        .update(input)
        .digest();
      return signature.length > 0 && mac.subarray(0, signature.length).equals(signature);
    });
    expect(await acceptedBy('HS256', bug)).toEqual(
      expect.arrayContaining(['signature/one-byte', 'signature/half', 'signature/cut']),
    );
  });

  it('finds other parameters of RSA', async () => {
    const key = genuine.RS256.verifying as KeyObject;
    const bug = (hash: string, padding: number, saltLength?: number) =>
      lenient(({ input, signature }) =>
        verifyBytes(
          hash,
          Buffer.from(input),
          { key, padding, ...(saltLength !== undefined && { saltLength }) },
          signature,
        ),
      );
    expect(await acceptedBy('RS256', bug('sha1', 1), 'signature')).toEqual(['signature/sha1']);
    expect(await acceptedBy('RS256', bug('sha256', 6, 32), 'signature')).toEqual([
      'signature/other-padding',
    ]);
    expect(await acceptedBy('PS256', bug('sha256', 6, 0), 'signature')).toEqual([
      'signature/no-salt',
    ]);
    expect(await acceptedBy('PS256', bug('sha256', 1), 'signature')).toEqual([
      'signature/other-padding',
    ]);
  });
});

describe('text, json, crit and downgrade', () => {
  const reencoded = (token: string) => {
    const { verifying } = genuine.RS256;
    const [header = '', payload = '', signature = ''] = token.split('.');
    // The signature is over the text as it is; Node.js decodes base64 loosely.
    return verifyBytes(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      verifying as KeyObject,
      Buffer.from(signature, 'base64'),
    );
  };

  it('are found in a target that verifies only the signature', async () => {
    const found = await acceptedBy('RS256', reencoded);
    expect(found).toEqual(
      expect.arrayContaining([
        'text/signature-line-feed',
        'text/payload-padded',
        'text/base64',
        'text/fourth-part',
        'text/invalid-utf8',
        'json/payload-array',
        'json/payload-empty',
        'json/header-null',
        'crit/unknown',
        'crit/b64',
        'claims/exp-past',
        'alg-type/lower-case',
        'downgrade/own-name',
      ]),
    );
    expect(found.filter((id) => /^(unsigned|confusion|header-key|weak-secret)\//.test(id))).toEqual(
      [],
    );
  });

  it('sign under each algorithm that the key can compute', async () => {
    const bug = lenient(({ header, input, signature }) => {
      const alg = String(header['alg']);
      const key = genuine.RS256.verifying as KeyObject;
      const options = { algorithms: [alg] as never };
      return createVerifier(key, options)(`${input}.${signature.toString('base64url')}`);
    });
    expect(await acceptedBy('RS256', bug, 'downgrade')).toEqual(
      ['rs384', 'rs512', 'ps256', 'ps384', 'ps512'].map((name) => `downgrade/${name}`),
    );
    const hmac = lenient(({ header, input, signature }) => {
      const options = { algorithms: [header['alg']] as never };
      const key = genuine.HS256.verifying;
      return createVerifier(key, options)(`${input}.${signature.toString('base64url')}`);
    });
    expect(await acceptedBy('HS256', hmac, 'downgrade')).toEqual([
      'downgrade/hs384',
      'downgrade/hs512',
    ]);
    const ecdsa = lenient(({ header, input, signature }) => {
      const key = genuine.ES256.verifying as KeyObject;
      const hash = `sha${String(header['alg']).slice(2, 5)}`;
      const parameters = { key, dsaEncoding: 'ieee-p1363' } as const;
      return verifyBytes(hash, Buffer.from(input), parameters, signature);
    });
    expect(await acceptedBy('ES256', ecdsa, 'downgrade')).toEqual(
      expect.arrayContaining(['downgrade/es384', 'downgrade/es512']),
    );
  });
});

describe('typ', () => {
  it('is a fault if the fixtures name a type of their own', async () => {
    const { fixtures, verifying } = genuine.EdDSA;
    const header = { ...fixtures.header, typ: 'at+jwt' };
    const loose = await attack(createVerifier(verifying), { ...fixtures, header }, { only: 'typ' });
    expect(loose.faults.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['typ/jwt', 'typ/absent', 'typ/logout-jwt']),
    );
    const strict = createVerifier(verifying, { ...expected, typ: 'at+jwt' });
    const report = await attack(strict, { ...fixtures, header }, { failOn: 'fault' });
    expect(report).toMatchObject({ ok: true, faults: [] });
  });
});

describe('jwe', () => {
  it('has five parts and a header that says how it is encrypted', async () => {
    const { fixtures } = genuine.RS256;
    const report = await attack(checkOf('RS256'), fixtures, { only: 'jwe' });
    const token = report.reproduce('jwe/rsa');
    expect(token.split('.')).toHaveLength(5);
    expect(
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()),
    ).toMatchObject({
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
    });
  });
});
