/** The command `verify`: its checks, its exit codes, and keys from the network. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigner } from '../../src/index.ts';
import { exportJwk, generateKey } from '../../src/jwk/index.ts';
import { directories, runIn } from './run-in.ts';

const directory = directories()();
const key = 'a secret of 64 bytes, which is as long as the digest of HS512 is';

const env = { KEY: key };
const iat = Math.floor(Date.now() / 1000) - 600;
const sign = createSigner(key, { algorithm: 'HS256' });
const claims = {
  sub: 'ada',
  aud: ['api', 'shop'],
  iss: 'https://id.example',
  jti: '1',
  nonce: 'n',
};
const token = sign({ ...claims, iat });
const verify = (text: string, ...args: string[]) =>
  runIn(directory, ['verify', text, '--key-env', 'KEY', ...args], { env });

describe('verify', () => {
  it('prints the claims of a valid token', async () => {
    const { code, stdout, stderr } = await verify(token);
    expect([code, JSON.parse(stdout), stderr]).toEqual([0, { ...claims, iat }, '']);
    expect(stdout).toMatch(/^\{\n {2}"sub": "ada",\n/);
  });

  it('prints the outcome with --json', async () => {
    const { code, stdout, stderr } = await verify(token, '--json');
    expect([code, stderr, stdout.split('\n').length]).toEqual([0, '', 2]);
    const header = { alg: 'HS256', typ: 'JWT' };
    expect(JSON.parse(stdout)).toEqual({
      outcome: 'accepted',
      header,
      payload: { ...claims, iat },
    });
  });

  it.each([
    ['--algorithm HS256 --algorithm HS512', 0],
    ['--algorithm HS512', 'ERR_HEADER_ALG'],
    ['--iss https://id.example', 0],
    ['--iss https://a.example --iss https://id.example', 0],
    ['--iss https://id.example/', 'ERR_CLAIM_MISMATCH'],
    ['--aud shop', 0],
    ['--aud bank --aud api', 0],
    ['--aud bank', 'ERR_CLAIM_MISMATCH'],
    ['--sub ada --jti 1 --nonce n', 0],
    ['--sub eve', 'ERR_CLAIM_MISMATCH'],
    ['--jti 2', 'ERR_CLAIM_MISMATCH'],
    ['--nonce m', 'ERR_CLAIM_MISMATCH'],
    ['--typ jwt', 0],
    ['--typ at+jwt', 'ERR_HEADER_TYP'],
    ['--require sub --require jti', 0],
    ['--require scope', 'ERR_CLAIM_MISSING'],
    ['--max-age 1h', 0],
    ['--max-age 500', 'ERR_CLAIM_TOO_OLD'],
    ['--max-age 500 --clock-tolerance 5m', 0],
    ['--allow-padding', 'ERR_TOKEN_MALFORMED'],
  ])('checks the token by %s', async (args, expected) => {
    const { code, stdout, stderr } = await verify(token, ...args.split(' '));
    if (expected === 0) expect([code, stderr]).toEqual([0, '']);
    else {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(new RegExp(`^rejected: [^\\n]+ \\(${expected}\\)[^\\n]*\\n$`));
    }
  });

  it('rejects an expired token, and accepts it with --ignore-expiration', async () => {
    const expired = sign({ exp: iat });
    expect(await verify(expired)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'rejected: jwt expired (ERR_CLAIM_EXPIRED)\n',
    });
    expect((await verify(expired, '--ignore-expiration')).code).toBe(0);
  });

  it('rejects a token that is not active, and accepts it with --ignore-not-before', async () => {
    const early = sign({ nbf: iat + 6000 });
    expect((await verify(early)).stderr).toBe('rejected: jwt not active (ERR_CLAIM_NOT_ACTIVE)\n');
    expect((await verify(early, '--ignore-not-before')).code).toBe(0);
  });

  it('prints a rejection with --json on stdout', async () => {
    const { code, stdout, stderr } = await verify(token, '--aud', 'bank', '--json');
    expect([code, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toEqual({
      outcome: 'rejected',
      code: 'ERR_CLAIM_MISMATCH',
      message: 'jwt audience invalid. expected: bank',
      claim: 'aud',
    });
  });

  it.each([
    [['--algorithm', 'HS265'], 'unknown algorithm: did you mean "HS256"?'],
    [['--algorithm', 'none'], /^unknown algorithm: expected one of HS256, /],
    [
      ['--max-age=-15m'],
      '"--max-age" must be a number of seconds, or a time such as 15m, 2h or 7d',
    ],
    [
      ['--clock-tolerance', 'soon'],
      '"--clock-tolerance" must be a number of seconds, or a time such as 15m, 2h or 7d',
    ],
    [['--algorithm', 'ES256'], 'key must be an asymmetric key when using ES256: it is a secret'],
  ] as Array<[string[], string | RegExp]>)('reports wrong options: %j', async (args, message) => {
    const { code, stdout, stderr } = await verify(token, ...args);
    expect([code, stdout]).toEqual([2, '']);
    const [, text = ''] = /^error: (.*)\n$/.exec(stderr) ?? [];
    if (typeof message === 'string') expect(text).toBe(message);
    else expect(text).toMatch(message);
  });
});

describe('keys of an issuer', () => {
  let origin = '';
  let isDown = false;
  let signed = '';
  let requests = 0;
  const server = createServer();

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const jwk = await generateKey('ES256');
    signed = createSigner(jwk, { keyid: jwk.kid, issuer: origin, expiresIn: '5m' })({ sub: 'ada' });
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: origin, jwks_uri: `${origin}/jwks` },
      '/jwks': { keys: [exportJwk(jwk)] },
    };
    server.on('request', ({ url = '' }, response) => {
      requests++;
      response.statusCode = isDown ? 500 : documents[url] ? 200 : 404;
      response.end(JSON.stringify(documents[url] ?? {}));
    });
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const run = (...args: string[]) => runIn(directory, ['verify', ...args]);

  it('are fetched by --issuer, and by --jwks', async () => {
    expect(await run(signed, '--issuer', origin)).toMatchObject({ code: 0, stderr: '' });
    expect(await run(signed, '--jwks', `${origin}/jwks`)).toMatchObject({ code: 0, stderr: '' });
  });

  it('verify no token of another issuer', async () => {
    const other = signed.replace(/^[^.]+/, Buffer.from('{"alg":"ES256"}').toString('base64url'));
    expect(await run(other, '--issuer', origin)).toMatchObject({ code: 1 });
    const args = [signed, '--jwks', `${origin}/jwks`, '--iss', 'https://id.example'];
    expect((await run(...args)).stderr).toContain('ERR_CLAIM_MISMATCH');
  });

  it.each([
    ['--issuer', () => origin, 'no metadata from'],
    ['--jwks', () => `${origin}/jwks`, 'no keys from'],
  ])('that cannot be fetched by %s say nothing about the token', async (option, url, message) => {
    isDown = true;
    try {
      const { code, stdout, stderr } = await run(signed, option, url());
      expect([code, stdout]).toEqual([3, '']);
      expect(stderr).toMatch(
        new RegExp(`^error: ${message} http://127.0.0.1:[^\\n]+status 500\\n$`),
      );
      const asJson = await run(signed, option, url(), '--json');
      expect([asJson.code, asJson.stderr]).toEqual([3, '']);
      expect(JSON.parse(asJson.stdout)).toMatchObject({
        outcome: 'failed',
        code: 'ERR_KEY_SOURCE',
        message: expect.stringContaining(message),
      });
    } finally {
      isDown = false;
    }
  });

  it('name the error of a connection', async () => {
    const { code, stderr } = await run(signed, '--issuer', 'http://localhost:1');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: no metadata from [^\n]+: the connection failed/);
  });

  it('are not fetched for wrong options', async () => {
    const before = requests;
    expect((await run(signed, '--issuer', origin, '--max-age', 'x')).code).toBe(2);
    const { stderr } = await run(signed, '--issuer', origin, '--iss', origin);
    expect(stderr).toBe('error: "--issuer" expects that "iss": pass no "--iss"\n');
    expect(requests).toBe(before);
  });
});
