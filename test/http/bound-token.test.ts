import { describe, expect, it } from 'vitest';
import { tokenError } from '../../src/errors.ts';
import {
  type AuthenticatorOptions,
  type AuthReason,
  cookie,
  createAuthenticator,
  type RequestLike,
  type SenderProof,
} from '../../src/http/index.ts';
import { createVerifier } from '../../src/index.ts';
import { ReplayStoreError } from '../../src/replay/store.ts';
import { clock, mint, polluted, secret, type WithoutKey } from './requests.ts';
import { fakeDpop } from './senders.ts';

const jkt = 'thumbprint-of-a-key';
const certificate = 'thumbprint-of-a-certificate';
const byKey = mint({ cnf: { jkt } });
const byCertificate = mint({ cnf: { 'x5t#S256': certificate } });
const byBoth = mint({ cnf: { jkt, 'x5t#S256': certificate } });
const unbound = mint();
const ofOther = mint({ cnf: { jwk: { kty: 'EC' }, kid: 'k' } });

const sent = (scheme: string, token: string, proof?: string): RequestLike => ({
  method: 'GET',
  url: '/orders',
  headers: { authorization: `${scheme} ${token}`, ...(proof !== undefined && { dpop: proof }) },
});

async function reasonOf(
  request: RequestLike | string,
  options: WithoutKey = {},
): Promise<AuthReason | 'authenticated'> {
  const authenticate = createAuthenticator({ key: secret, clock, ...options });
  const outcome = await (typeof request === 'string'
    ? authenticate.verify(request)
    : authenticate(request));
  return outcome.status === 'rejected' ? outcome.error.reason : 'authenticated';
}

const mtls = (found: string | undefined) => ({ mtls: () => found });
const dpop = (options?: Partial<SenderProof>) => ({ dpop: fakeDpop(options).dpop });
const gateway = { allowUnconfirmed: true };

const rows: Array<
  [title: string, request: RequestLike | string, options: WithoutKey, reason: string]
> = [
  ['an unbound bearer token', sent('Bearer', unbound), {}, 'authenticated'],
  ['an unbound bearer token beside DPoP', sent('Bearer', unbound), dpop(), 'authenticated'],
  ['other members of cnf', sent('Bearer', ofOther), dpop(), 'authenticated'],
  ['an unbound token without a request', unbound, dpop(), 'authenticated'],
  ['a token with its proof', sent('DPoP', byKey, 'valid'), dpop(), 'authenticated'],
  ['the scheme in any case', sent('dPoP', byKey, 'valid'), dpop(), 'authenticated'],
  ['a bound token, no option', sent('Bearer', byKey), {}, 'sender_mismatch'],
  ['a bound token with a proof, no option', sent('Bearer', byKey, 'valid'), {}, 'sender_mismatch'],
  ['a bound token as bearer token', sent('Bearer', byKey, 'valid'), dpop(), 'sender_mismatch'],
  ['a bound token without a request', byKey, dpop(), 'sender_mismatch'],
  ['an unbound token under DPoP', sent('DPoP', unbound, 'valid'), dpop(), 'sender_mismatch'],
  ['the scheme DPoP without the option', sent('DPoP', byKey, 'valid'), {}, 'token_missing'],
  [
    'a bearer token where DPoP is required',
    sent('Bearer', unbound),
    dpop({ required: true }),
    'proof_missing',
  ],
  ['a token of a certificate', sent('Bearer', byCertificate), mtls(certificate), 'authenticated'],
  ['another certificate', sent('Bearer', byCertificate), mtls('another'), 'sender_mismatch'],
  ['no certificate', sent('Bearer', byCertificate), mtls(undefined), 'sender_mismatch'],
  ['a certificate token, no option', sent('Bearer', byCertificate), {}, 'sender_mismatch'],
  ['a certificate token beside DPoP', sent('Bearer', byCertificate), dpop(), 'sender_mismatch'],
  ['a certificate token without a request', byCertificate, mtls(certificate), 'sender_mismatch'],
  ['key and certificate, mtls only', sent('Bearer', byBoth), mtls(certificate), 'sender_mismatch'],
  ['key and certificate, DPoP only', sent('DPoP', byBoth, 'valid'), dpop(), 'sender_mismatch'],
  [
    'key and certificate, both',
    sent('DPoP', byBoth, 'valid'),
    { ...dpop(), ...mtls(certificate) },
    'authenticated',
  ],
  ['a gateway that confirms keys', sent('Bearer', byKey), gateway, 'authenticated'],
  ['a gateway that passes the scheme on', sent('DPoP', byKey, 'any'), gateway, 'authenticated'],
  ['an unbound token under DPoP of a gateway', sent('DPoP', unbound), gateway, 'sender_mismatch'],
  ['a gateway that confirms certificates', sent('Bearer', byCertificate), gateway, 'authenticated'],
];

describe('a bound token', () => {
  it.each(rows)('is checked: %s', async (_, request, options, reason) => {
    expect(await reasonOf(request, options)).toBe(reason);
  });

  const broken = [null, 5, 'jkt', true, [], [{ jkt }], { jkt: 5 }, { jkt: null }, { jkt: '' }];
  it.each([...broken, { 'x5t#S256': [] }, { jkt, 'x5t#S256': {} }])(
    'is rejected if its cnf cannot be read: %j',
    async (cnf) => {
      const token = mint({ cnf });
      for (const scheme of ['Bearer', 'DPoP']) {
        const options = { ...dpop(), ...mtls(certificate) };
        expect(await reasonOf(sent(scheme, token, 'valid'), options)).toBe('sender_mismatch');
      }
      expect(await reasonOf(sent('Bearer', token))).toBe('sender_mismatch');
    },
  );

  it('is checked by what was signed, not by the output of a schema', async () => {
    const schema = {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ value: { sub: 'ada' } }) },
    } as const;
    expect(await reasonOf(sent('Bearer', byKey), { schema })).toBe('sender_mismatch');
    const verify = createVerifier(secret, { clock, schema });
    const authenticate = createAuthenticator({ verifier: verify });
    const outcome = await authenticate(sent('Bearer', byKey));
    expect(outcome.status === 'rejected' && outcome.error.reason).toBe('sender_mismatch');
  });

  it('is not what a schema writes without a binding', async () => {
    const validate = () => ({ value: { sub: 'ada', cnf: null } });
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    expect(await reasonOf(sent('Bearer', unbound), { schema })).toBe('authenticated');
  });

  it('is rejected if only the verifier reports its binding', async () => {
    const verifier = async () => ({ sub: 'ada', cnf: { jkt } });
    for (const token of [unbound, 'api-key']) {
      const authenticate = createAuthenticator({ verifier, typ: false });
      const outcome = await authenticate(sent('Bearer', token));
      expect(outcome.status === 'rejected' && outcome.error.reason).toBe('sender_mismatch');
    }
  });

  it('is rejected if the verifier accepts a spelling that hides the binding', async () => {
    const authenticate = createAuthenticator({ verifier: () => ({ sub: 'ada' }), typ: false });
    const spellings = [
      `${byKey}!`,
      `${byKey}.`,
      byKey.replace('.', '..'),
      byKey.replace('.', '=.'),
    ];
    for (const token of spellings) {
      const outcome = await authenticate(sent('Bearer', token));
      expect(outcome.status === 'rejected' && outcome.error.reason).toBe('token_malformed');
    }
  });

  it.each(['api-key', 'v4.public.c3Vi', 'a.b.c.d.e'])(
    'is not what a verifier accepts without a JWT: %s',
    async (token) => {
      const authenticate = createAuthenticator({ verifier: () => ({ sub: 'ada' }), typ: false });
      expect((await authenticate(sent('Bearer', token))).status).toBe('authenticated');
    },
  );

  it('is rejected from a cookie, also with a valid proof', async () => {
    const request = { method: 'GET', headers: { cookie: `at=${byKey}`, dpop: 'valid' } };
    const options = { ...dpop(), from: cookie('at') };
    expect(await reasonOf(request, options)).toBe('sender_mismatch');
  });

  it('is found in Authorization: DPoP, whatever "from" names', async () => {
    const request = sent('DPoP', byKey, 'valid');
    expect(await reasonOf(request, { ...dpop(), from: cookie('at') })).toBe('authenticated');
  });

  it('is verified with the request that is passed beside it', async () => {
    const { dpop, calls } = fakeDpop();
    const authenticate = createAuthenticator({ key: secret, clock, dpop });
    const request = sent('DPoP', byKey, 'valid');
    expect((await authenticate.verify(byKey, undefined, request)).status).toBe('authenticated');
    const plain = await authenticate.verify(byKey, undefined, sent('Bearer', byKey, 'valid'));
    expect(plain.status).toBe('rejected');
    expect(calls).toEqual([{ request, bound: { token: byKey, jkt, origin: undefined } }]);
  });

  it('costs no proof before its own signature and claims are verified', async () => {
    const { dpop, calls } = fakeDpop();
    const tokens = [
      mint({ cnf: { jkt } }, {}, `${secret}x`),
      mint({ cnf: { jkt } }, { expiresIn: -1 }),
    ];
    for (const token of tokens) await reasonOf(sent('DPoP', token, 'valid'), { dpop });
    expect(calls).toEqual([]);
  });

  it('costs no look-up of a revocation before its proof is verified', async () => {
    const { dpop } = fakeDpop({ error: tokenError('ERR_PROOF_INVALID', 'no') });
    const isRevoked = () => expect.unreachable();
    const reason = await reasonOf(sent('DPoP', byKey, 'wrong'), { dpop, isRevoked });
    expect(reason).toBe('proof_invalid');
  });
});

describe('an error of a proof', () => {
  const codes = [
    ['ERR_PROOF_MISSING', 'proof_missing', 'invalid_dpop_proof'],
    ['ERR_PROOF_INVALID', 'proof_invalid', 'invalid_dpop_proof'],
    ['ERR_PROOF_REPLAYED', 'proof_replayed', 'invalid_dpop_proof'],
    ['ERR_PROOF_NONCE', 'nonce_required', 'use_dpop_nonce'],
    ['ERR_PROOF_MISMATCH', 'sender_mismatch', 'invalid_token'],
  ] as const;

  it.each(codes)(
    '%s becomes 401 %s, with the error %s for DPoP only',
    async (code, reason, error) => {
      const { dpop } = fakeDpop({ error: tokenError(code, 'no'), nonce: () => 'next' });
      const authenticate = createAuthenticator({ key: secret, clock, dpop });
      const outcome = await authenticate(sent('DPoP', byKey, 'wrong'));
      if (outcome.status !== 'rejected') return expect.unreachable();
      expect(outcome.error.reason).toBe(reason);
      const { 'WWW-Authenticate': challenge, ...headers } = outcome.error.headers;
      expect(challenge).toMatch(
        new RegExp(
          `^Bearer realm="api", DPoP realm="api", error="${error}", error_description="[^"]+", algs="ES256 EdDSA"$`,
        ),
      );
      expect(headers).toEqual({ 'Cache-Control': 'no-store', 'DPoP-Nonce': 'next' });
    },
  );

  it('of the replay store becomes 503 without a challenge', async () => {
    const error = new ReplayStoreError('the replay store failed', new Error('down'));
    const { dpop } = fakeDpop({ error });
    const authenticate = createAuthenticator({ key: secret, clock, dpop });
    const outcome = await authenticate(sent('DPoP', byKey, 'wrong'));
    if (outcome.status !== 'rejected') return expect.unreachable();
    expect(outcome.error.reason).toBe('replay_unavailable');
    expect(outcome.error.status).toBe(503);
    expect(Object.keys(outcome.error.headers).sort()).toEqual(['Cache-Control', 'Retry-After']);
  });

  it('of the caller is thrown', async () => {
    const authenticate = createAuthenticator({ key: secret, clock, dpop: fakeDpop().dpop });
    await expect(authenticate(sent('DPoP', byKey, 'wrong'))).rejects.toThrow(
      'no error was expected',
    );
  });
});

describe('a challenge beside DPoP', () => {
  const challengeOf = async (request: RequestLike, options: WithoutKey) => {
    const authenticate = createAuthenticator({ key: secret, clock, ...options });
    const outcome = await authenticate(request);
    return outcome.status === 'rejected' ? outcome.error.headers['WWW-Authenticate'] : undefined;
  };

  it('names both schemes, Bearer first, and no error without a token', async () => {
    const options = { ...dpop(), realm: 'orders', scopes: ['a', 'b'] };
    expect(await challengeOf({ headers: {} }, options)).toBe(
      'Bearer realm="orders", scope="a b", DPoP realm="orders", scope="a b", algs="ES256 EdDSA"',
    );
  });

  it('has the error for Bearer if a bearer token was sent', async () => {
    expect(await challengeOf(sent('Bearer', byKey), dpop())).toMatch(
      /^Bearer realm="api", error="invalid_token", [^,]+, DPoP realm="api", algs="ES256 EdDSA"$/,
    );
  });

  it('names DPoP alone if it is required', async () => {
    const options = dpop({ required: true });
    const expected = 'DPoP realm="api", algs="ES256 EdDSA"';
    expect(await challengeOf(sent('Bearer', unbound), options)).toBe(expected);
    expect(await challengeOf({ headers: {} }, options)).toBe(expected);
  });

  it('is the same for a missing scope', async () => {
    const options = { ...dpop(), scopes: 'admin' };
    expect(await challengeOf(sent('DPoP', byKey, 'valid'), options)).toMatch(
      /^Bearer realm="api", scope="admin", DPoP realm="api", error="insufficient_scope", .*scope="admin", algs/,
    );
  });
});

describe('the nonce', () => {
  it('is in the response to a proof and in every 401', async () => {
    const { dpop } = fakeDpop({ nonce: () => 'next' });
    const authenticate = createAuthenticator({ key: secret, clock, dpop });
    const success = await authenticate(sent('DPoP', byKey, 'valid'));
    expect(success.status === 'authenticated' && success.headers).toEqual({ 'DPoP-Nonce': 'next' });
    const bearer = await authenticate(sent('Bearer', unbound));
    expect(bearer.status === 'authenticated' && bearer.headers).toEqual({});
    const missing = await authenticate({ headers: {} });
    expect(missing.status === 'rejected' && missing.error.headers['DPoP-Nonce']).toBe('next');
  });
});

describe('options', () => {
  const wrong: Array<[string, object, RegExp]> = [
    ['dpop without verify', { dpop: {} }, /^"dpop" must be what createDpop\(\) returned/],
    ['dpop undefined', { dpop: undefined }, /^"dpop" must be/],
    ['dpop without an origin', dpop({ origins: [] }), /^"dpop" needs an origin/],
    ['mtls of another type', { mtls: 'socket' }, /^"mtls" must be a function/],
    ['allowUnconfirmed of another type', { allowUnconfirmed: 1 }, /^"allowUnconfirmed" must be/],
    ['allowUnconfirmed and dpop', { ...dpop(), ...gateway }, /cannot be combined with "dpop"/],
    ['allowUnconfirmed and mtls', { ...mtls(''), ...gateway }, /cannot be combined with "mtls"/],
  ];

  it.each(wrong)('throw TypeError for %s', (_, options, message) => {
    const create = () => createAuthenticator({ key: secret, ...options } as AuthenticatorOptions);
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
  });
});

describe('a polluted Object.prototype', () => {
  it.each(['jkt', 'x5t#S256', 'cnf', 'isDpop', 'dpop', 'mtls', 'allowUnconfirmed'])(
    'confirms no sender and binds no token: %s',
    async (name) => {
      const values = [true, 'thumbprint-of-a-key', { jkt }, () => certificate];
      for (const value of values) {
        await polluted({ [name]: value }, async () => {
          expect(await reasonOf(sent('Bearer', byKey))).toBe('sender_mismatch');
          expect(await reasonOf(sent('Bearer', unbound))).toBe('authenticated');
        });
      }
    },
  );
});
