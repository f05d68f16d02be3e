import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AuthError, type AuthReason } from '../../src/http/index.ts';
import { polluted } from './requests.ts';

/** The public contract: reason, code, status, `error` of the challenge. */
const reasons: ReadonlyArray<readonly [AuthReason, string, number, string | undefined]> = [
  ['token_missing', 'credentials_required', 401, undefined],
  ['token_malformed', 'invalid_token', 401, 'invalid_token'],
  ['signature_invalid', 'invalid_token', 401, 'invalid_token'],
  ['alg_not_allowed', 'invalid_token', 401, 'invalid_token'],
  ['typ_not_allowed', 'invalid_token', 401, 'invalid_token'],
  ['token_expired', 'invalid_token', 401, 'invalid_token'],
  ['token_not_active', 'invalid_token', 401, 'invalid_token'],
  ['too_old', 'invalid_token', 401, 'invalid_token'],
  ['claim_mismatch', 'invalid_token', 401, 'invalid_token'],
  ['unknown_issuer', 'invalid_token', 401, 'invalid_token'],
  ['token_revoked', 'revoked_token', 401, 'invalid_token'],
  ['user_not_found', 'invalid_token', 401, 'invalid_token'],
  ['credentials_conflict', 'invalid_request', 400, 'invalid_request'],
  ['insufficient_scope', 'insufficient_scope', 403, 'insufficient_scope'],
  ['forbidden', 'forbidden', 403, 'insufficient_scope'],
];

const withoutChallenge: ReadonlyArray<readonly [AuthReason, string, number]> = [
  ['csrf_failed', 'csrf_failed', 403],
  ['key_unavailable', 'unavailable', 503],
  ['revocation_unavailable', 'unavailable', 503],
];

describe('AuthError', () => {
  test.each(reasons)('maps %s to %s, %i and a challenge', (reason, code, status, parameter) => {
    const error = new AuthError(reason);
    expect(error).toMatchObject({ code, status, statusCode: status, reason, expose: true });
    const challenge = parameter
      ? `Bearer realm="api", error="${parameter}", error_description="${error.toJSON().error_description}"`
      : 'Bearer realm="api"';
    expect(error.headers).toEqual({ 'WWW-Authenticate': challenge, 'Cache-Control': 'no-store' });
  });

  test.each(withoutChallenge)('maps %s to %s, %i without a challenge', (reason, code, status) => {
    const { headers, ...error } = new AuthError(reason);
    expect(error).toMatchObject({ code, status, expose: status < 500 });
    expect(headers['WWW-Authenticate']).toBeUndefined();
    expect(headers['Retry-After']).toBe(status === 503 ? '5' : undefined);
  });

  test('names the reason in the message, which is all that Fastify and Koa respond with', () => {
    for (const [reason] of [...reasons, ...withoutChallenge]) {
      const error = new AuthError(reason);
      expect(error.message).toBe(`${error.toJSON().error_description} (${reason})`);
      expect(error.toJSON().error_description).not.toContain(reason);
    }
  });

  test('quotes realm, scopes and parameters in the challenge', () => {
    const { headers } = new AuthError('insufficient_scope', {
      realm: 'a "b" \\ c',
      scope: 'read write',
      challengeParams: { resource_metadata: 'https://api.example/meta' },
    });
    expect(headers['WWW-Authenticate']).toBe(
      'Bearer realm="a \\"b\\" \\\\ c", error="insufficient_scope", ' +
        'error_description="The token does not have the scope that is needed", ' +
        'scope="read write", resource_metadata="https://api.example/meta"',
    );
  });

  test('has the challenge for DPoP that is given, also with a polluted Object.prototype', async () => {
    const create = () =>
      new AuthError('proof_missing', { dpop: { algorithms: ['ES256'] } }).headers;
    const members = { nonce: 'x', required: true, isUsed: true };
    expect(await polluted(members, create)).toEqual(create());
  });

  test('has an empty stack and hides its cause', () => {
    const inner = new Error('something about the token');
    const error = new AuthError('token_malformed', { inner });
    expect([error.stack, error.inner]).toEqual(['', inner]);
    expect(Object.keys(error)).not.toContain('inner');
    expect(`${error}`).toBe('UnauthorizedError: The token is malformed (token_malformed)');
    expect(inspect(error)).not.toContain('.ts:');
  });

  test('makes a Response with a JSON body', async () => {
    const response = new AuthError('token_malformed').getResponse();
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="api", error=/);
    expect(await response.json()).toEqual({
      error: 'invalid_token',
      error_description: 'The token is malformed',
      reason: 'token_malformed',
    });
  });

  test('names a registered claim in its body and its message, and no other', () => {
    const error = new AuthError('claim_mismatch', { claim: 'aud' });
    expect(error.toJSON()).toEqual({ ...new AuthError('claim_mismatch').toJSON(), claim: 'aud' });
    expect(error.message).toMatch(/ \(claim_mismatch: aud\)$/);
    for (const claim of ['tenant', 'constructor', 'aud"\r\n', '']) {
      expect(() => new AuthError('claim_mismatch', { claim: claim as 'aud' })).toThrow(TypeError);
    }
  });

  test('has what Elysia, h3, socket.io and GraphQL servers read, without enumerable members', async () => {
    const error = new AuthError('insufficient_scope', { scope: 'read' });
    expect(await error.toResponse().json()).toEqual(error.toJSON());
    expect(error.data).toEqual(error.toJSON());
    const { http, ...rest } = error.extensions;
    expect([rest, http.status]).toEqual([{ code: 'FORBIDDEN', reason: 'insufficient_scope' }, 403]);
    // Apollo iterates a Map, Yoga reads members.
    expect(Object.fromEntries(http.headers)).toEqual(error.headers);
    expect({ ...http.headers }).toEqual(error.headers);
    expect(Object.keys(error)).not.toContain('data');
    expect(Object.keys(error)).not.toContain('extensions');
    expect(Object.assign(error, { data: 'own' }).data).toBe('own');
    const codeOf = (reason: AuthReason) => new AuthError(reason).extensions.code;
    expect(codeOf('token_expired')).toBe('UNAUTHENTICATED');
    expect(codeOf('credentials_conflict')).toBe('BAD_REQUEST');
    expect(codeOf('key_unavailable')).toBe('SERVICE_UNAVAILABLE');
  });

  test('is recognized by its brand across copies of the library', () => {
    class Own extends AuthError {}
    const foreign = Object.assign(new Error(), { [Symbol.for('jotkit.AuthError')]: true });
    expect(foreign).toBeInstanceOf(AuthError);
    expect(foreign).not.toBeInstanceOf(Own);
    expect(new Own('forbidden')).toBeInstanceOf(Own);
    expect(new Own('forbidden')).toBeInstanceOf(AuthError);
    for (const value of [new Error(), {}, null, undefined, 'x']) {
      expect(value instanceof AuthError).toBe(false);
    }
  });

  test('throws TypeError for an unknown reason', () => {
    for (const reason of ['toString', '', undefined]) {
      expect(() => new AuthError(reason as AuthReason)).toThrow(TypeError);
    }
  });
});
