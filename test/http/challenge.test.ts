import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { AuthError, type AuthReason } from '../../src/http/index.ts';

/** The table of the contract: reason, code, status, error of the challenge. */
const table: ReadonlyArray<readonly [AuthReason, string, number, string | undefined]> = [
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
  ['credentials_conflict', 'invalid_request', 400, 'invalid_request'],
  ['insufficient_scope', 'insufficient_scope', 403, 'insufficient_scope'],
  ['forbidden', 'forbidden', 403, 'insufficient_scope'],
];

const silent: ReadonlyArray<readonly [AuthReason, string, number]> = [
  ['csrf_failed', 'csrf_failed', 403],
  ['key_unavailable', 'unavailable', 503],
  ['revocation_unavailable', 'unavailable', 503],
];

describe('AuthError', () => {
  test.each(table)('%s is %s, %i, and challenges with %s', (reason, code, status, error) => {
    const refusal = new AuthError(reason);
    expect(refusal).toMatchObject({ code, status, statusCode: status, reason, expose: true });
    const challenge = error
      ? `Bearer realm="api", error="${error}", error_description="${refusal.message}"`
      : 'Bearer realm="api"';
    expect(refusal.headers).toEqual({ 'WWW-Authenticate': challenge, 'Cache-Control': 'no-store' });
  });

  test.each(silent)('%s is %s, %i, without a challenge', (reason, code, status) => {
    const { headers, ...refusal } = new AuthError(reason);
    expect(refusal).toMatchObject({ code, status, expose: status < 500 });
    expect(headers['WWW-Authenticate']).toBeUndefined();
    expect(headers['Retry-After']).toBe(status === 503 ? '5' : undefined);
  });

  test('the challenge takes a realm, scopes and parameters, and quotes them', () => {
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

  test('has no stack, and shows what it was made of to nobody', () => {
    const inner = new Error('something about the token');
    const refusal = new AuthError('token_malformed', { inner });
    expect(refusal.stack).toBe('');
    expect(refusal.inner).toBe(inner);
    expect(Object.keys(refusal)).not.toContain('inner');
    expect(JSON.parse(JSON.stringify(refusal))).toEqual({
      error: 'invalid_token',
      error_description: 'The token is malformed',
      reason: 'token_malformed',
    });
    expect(`${refusal}`).toBe('UnauthorizedError: The token is malformed');
    expect(inspect(refusal)).not.toContain('.ts:');
  });

  test('makes a Response', async () => {
    const response = new AuthError('token_missing').getResponse();
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="api"');
    expect(await response.json()).toMatchObject({ reason: 'token_missing' });
  });

  test('is known across copies of the library by its brand', () => {
    class Own extends AuthError {}
    const stranger = Object.assign(new Error(), { [Symbol.for('jotkit.AuthError')]: true });
    expect(new AuthError('forbidden')).toBeInstanceOf(AuthError);
    expect(stranger).toBeInstanceOf(AuthError);
    expect(stranger).not.toBeInstanceOf(Own);
    expect(new Own('forbidden')).toBeInstanceOf(Own);
    expect(new Own('forbidden')).toBeInstanceOf(AuthError);
    for (const value of [new Error(), {}, null, undefined, 'x']) {
      expect(value instanceof AuthError).toBe(false);
    }
  });

  test('refuses a reason that is not in the table', () => {
    for (const reason of ['toString', '', undefined]) {
      expect(() => new AuthError(reason as AuthReason)).toThrow(TypeError);
    }
  });
});
