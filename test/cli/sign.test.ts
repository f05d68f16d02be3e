/** The command `sign`: claims, header and keys. */

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVerifier, decode } from '../../src/index.ts';
import { generateKey } from '../../src/jwk/index.ts';
import { ec } from '../fixtures/keys.ts';
import { type Changes, directories, runIn } from './run-in.ts';

const directory = directories()();
const key = 'a secret of 32 bytes, or of some more';
const env = { KEY: key, PASSPHRASE: 'correct horse' };
const WARNING = 'warning: the token never expires: pass "--expires-in"\n';
const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
const sign = (args: string[], changes: Changes = {}) =>
  runIn(directory, ['sign', '--key-env', 'KEY', ...args], { env, ...changes });

/** The parts of the token on stdout. */
function partsOf(stdout: string) {
  const jwt = decode(stdout.replace(/\n$/, ''), { complete: true });
  return { header: jwt?.header, payload: jwt?.payload as Record<string, unknown> };
}

describe('sign', () => {
  it('prints a token that the key verifies', async () => {
    const { code, stdout, stderr } = await sign(['--sub', 'ada', '--expires-in', '5m']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(createVerifier(key)(stdout.trim())).toMatchObject({ sub: 'ada' });
  });

  it('warns about a token that never expires', async () => {
    expect((await sign([])).stderr).toBe(WARNING);
    expect((await sign(['--claims', '{"exp":2000000000}'])).stderr).toBe('');
  });

  it('prints the token as JSON with --json', async () => {
    const { stdout } = await sign(['--json']);
    expect(createVerifier(key)(JSON.parse(stdout).token)).toHaveProperty('iat');
  });

  it('sets header and claims by options', async () => {
    const args =
      '--iss https://id.example --aud api --aud shop --sub ada --jti 1 --no-timestamp --kid k1 --typ at+jwt';
    const { stdout } = await sign(args.split(' '));
    expect(partsOf(stdout)).toEqual({
      header: { alg: 'HS256', typ: 'at+jwt', kid: 'k1' },
      payload: { iss: 'https://id.example', aud: ['api', 'shop'], sub: 'ada', jti: '1' },
    });
    expect(partsOf((await sign(['--aud', 'api'])).stdout).payload['aud']).toBe('api');
  });

  it('counts times from now', async () => {
    const { stdout } = await sign(['--expires-in', '2h', '--not-before', '60']);
    const { iat, nbf, exp } = partsOf(stdout).payload as Record<string, number>;
    expect([Number(exp) - Number(iat), Number(nbf) - Number(iat)]).toEqual([7200, 60]);
  });

  it('reads claims from the argument, a file or stdin', async () => {
    const text = '{"sub":"ada","scope":"read"}';
    write('claims.json', text);
    for (const [value, changes] of [
      [text, {}],
      ['@claims.json', {}],
      ['-', { stdin: text }],
    ] as const) {
      const { stdout } = await sign(['--claims', value, '--no-timestamp'], changes);
      expect(partsOf(stdout).payload).toEqual({ sub: 'ada', scope: 'read' });
    }
  });

  it.each([
    [['--claims', '{"sub":'], '"--claims" must be a JSON object'],
    [['--claims', '[]'], '"--claims" must be a JSON object'],
    [['--claims', '{"a":1,"a":2}'], '"--claims" must be a JSON object without duplicate members'],
    [['--claims', '@none'], 'the file of "--claims" does not exist'],
    [['--claims', '-'], 'the claims must be a JSON object'],
    [['--claims', '{"sub":"a"}', '--sub', 'b'], '"sub" is in "--claims" and an option: omit one'],
    [['--claims', '{"exp":1}', '--expires-in', '1'], '"exp" is in "--claims" and an option'],
    [['--claims', '{"exp":2000000000000}'], '"exp" must be a time in seconds, got milliseconds'],
    [['--expires-in', 'soon'], '"--expires-in" must be a number of seconds'],
    [['--algorithm', 'ES256'], 'key must be an asymmetric key when using ES256'],
    [['--key-file', 'x'], 'pass only one of "--key-file" or "--key-env"'],
    [['--jwks', 'x'], 'unknown option: see --help'],
  ])('reports what it cannot sign: %j', async (args, message) => {
    const { code, stdout, stderr } = await sign(args, args.includes('-') ? { stdin: 'x' } : {});
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.startsWith(`error: ${message}`)).toBe(true);
  });

  it('signs with the algorithm and the kid of a JWK', async () => {
    const jwk = await generateKey('PS384');
    const { stdout } = await sign([], { env: { KEY: JSON.stringify(jwk) } });
    expect(partsOf(stdout).header).toEqual({ alg: 'PS384', typ: 'JWT', kid: jwk.kid });
  });

  it('signs with PEM, and decrypts it with --passphrase-env', async () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: {
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'correct horse',
      },
    });
    write('encrypted.pem', privateKey);
    const args = ['sign', '--key-file', 'encrypted.pem'];
    const { stdout } = await runIn(directory, [...args, '--passphrase-env', 'PASSPHRASE'], { env });
    expect(partsOf(stdout).header).toEqual({ alg: 'ES256', typ: 'JWT' });
    expect((await runIn(directory, args)).stderr).toBe(
      'error: key is not valid key material: it is encrypted: pass "--passphrase-env"\n',
    );
    const wrong = await runIn(directory, [...args, '--passphrase-env', 'WRONG'], {
      env: { WRONG: 'battery staple' },
    });
    expect(wrong).toMatchObject({
      code: 2,
      stderr:
        'error: key is not valid key material: the passphrase of "--passphrase-env" does not decrypt it\n',
    });
  });

  it('rejects a public key and a JWK Set', async () => {
    write('public.pem', ec().publicKey.export({ type: 'spki', format: 'pem' }).toString());
    const { code, stderr } = await runIn(directory, ['sign', '--key-file', 'public.pem']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: key [^\n]+\n$/)]);
    const set = await sign([], { env: { KEY: '{"keys":[]}' } });
    expect(set.stderr).toBe('error: the key is a JWK Set: pass one of its keys\n');
  });
});
