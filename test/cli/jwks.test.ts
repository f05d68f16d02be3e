/** The command `jwks`: keys in any form to public JWKs or PEM. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportJwk, exportPem, generateKey, thumbprint } from '../../src/jwk/index.ts';
import { algorithmKeys, ec, ed25519, rsa, rsaPss } from '../fixtures/keys.ts';
import { type Changes, directories, runIn } from './run-in.ts';

const directory = directories()();
const write = (file: string, value: unknown) =>
  writeFileSync(join(directory, file), typeof value === 'string' ? value : JSON.stringify(value));
const run = (args: string[], changes?: Changes) => runIn(directory, ['jwks', ...args], changes);

write('rsa.pem', exportPem(rsa().publicKey));
write('private.pem', exportPem(ec().privateKey, { type: 'private' }));
write('secret', 'a secret of 32 bytes, or of some more');

describe('jwks', () => {
  it('prints a set of the public keys, with thumbprints as kid', async () => {
    const { code, stdout, stderr } = await run(['private.pem', 'rsa.pem']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual({
      keys: [
        { use: 'sig', kid: thumbprint(ec().publicKey), ...exportJwk(ec().publicKey), alg: 'ES256' },
        { use: 'sig', kid: thumbprint(rsa().publicKey), ...exportJwk(rsa().publicKey) },
      ],
    });
  });

  it('keeps the metadata of a JWK, and drops what is private', async () => {
    const jwk = await generateKey('RS512');
    write('private.jwk', { ...jwk, key_ops: ['sign'] });
    const { stdout } = await run(['private.jwk', '--json']);
    const { n, e } = exportJwk(jwk);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(JSON.parse(stdout).keys).toEqual([
      { kty: 'RSA', n, e, kid: jwk.kid, alg: 'RS512', use: 'sig', key_ops: ['verify'] },
    ]);
  });

  it('merges sets, variables and stdin', async () => {
    write('set.jwks', { keys: [exportJwk(ec().publicKey), exportJwk(rsa().publicKey)] });
    const env = { KEY: exportPem(ed25519().publicKey) };
    const stdin = exportPem(ec('P-384').publicKey);
    const { stdout } = await run(['set.jwks', '-', '--key-env', 'KEY'], { env, stdin });
    const algorithms = JSON.parse(stdout).keys.map(({ alg }: { alg?: string }) => alg);
    expect(algorithms).toEqual(['ES256', undefined, 'ES384', 'EdDSA']);
  });

  it('sets "alg" by --algorithm', async () => {
    const { stdout } = await run(['rsa.pem', '--algorithm', 'PS256']);
    expect(JSON.parse(stdout).keys[0].alg).toBe('PS256');
  });

  it('replaces the "alg" of a JWK by --algorithm', async () => {
    write('rs256.jwk', { ...exportJwk(rsa().publicKey), alg: 'RS256' });
    const { stdout } = await run(['rs256.jwk', '--algorithm', 'PS256']);
    expect(JSON.parse(stdout).keys[0].alg).toBe('PS256');
  });

  it.each(['HS256', 'ES256', 'EdDSA'])('publishes no RSA key as one for %s', async (alg) => {
    const { code, stdout, stderr } = await run(['rsa.pem', '--algorithm', alg]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: file 1: /);
  });

  it.each(algorithmKeys.filter(({ alg }) => /^E/.test(alg)))(
    'finds the only algorithm of a key: $alg',
    async ({ alg, verifying }) => {
      const stdin = exportPem(verifying() as Parameters<typeof exportPem>[0]);
      const { stdout } = await run(['-'], { stdin });
      const expected = alg.startsWith('Ed') ? 'EdDSA' : alg;
      expect(JSON.parse(stdout).keys[0].alg).toBe(expected);
    },
  );

  it('prints PEM with --pem', async () => {
    const { stdout } = await run(['private.pem', 'rsa.pem', '--pem']);
    expect(stdout).toBe(exportPem(ec().publicKey) + exportPem(rsa().publicKey));
    const again = await run(['-', '--pem'], { stdin: (await run(['rsa.pem'])).stdout });
    expect(again.stdout).toBe(exportPem(rsa().publicKey));
  });

  it('omits keys of a set that are for something else, with a warning', async () => {
    const other = { ...exportJwk(rsa().publicKey), use: 'enc' };
    write('mixed.jwks', { keys: [other, null, exportJwk(ec().publicKey)] });
    const { code, stdout, stderr } = await run(['rsa.pem', 'mixed.jwks']);
    expect([code, JSON.parse(stdout).keys.length]).toEqual([0, 2]);
    expect(stderr).toMatch(
      /^warning: omitted key 1 of file 2: key may not be used to verify: [^\n]+\nwarning: omitted key 2 of file 2: [^\n]+\n$/,
    );
    write('other.jwks', { keys: [other] });
    expect(await run(['other.jwks', '--json'])).toMatchObject({ code: 1, stdout: '{"keys":[]}\n' });
  });

  it.each([
    [[], 'pass the path of a key, or "--key-env"'],
    [['rsa.pem', 'none'], 'file 2 does not exist'],
    [['-', '-'], 'stdin cannot be both file 1 and file 2'],
    [['rsa.pem', '--pem', '--json'], 'PEM has no other form and no algorithm: pass "--pem" alone'],
    [['rsa.pem', '--algorithm', 'RS265'], 'unknown algorithm: did you mean "RS256"?'],
    [['rsa.pem', 'secret'], 'file 2: the key is a secret key'],
    [['secret', '--pem'], 'file 1: a secret has no PEM form'],
    [['rsa-pss.pem'], 'file 1: a key of type "rsa-pss" has no JWK form in this runtime'],
    [['broken.jwks'], 'file 1: a JWK Set must have an array "keys"'],
    [
      ['empty'],
      'file 1: key must have a value, got an empty secret: is the environment variable set?',
    ],
  ])('reports what is no public key: %j', async (args, message) => {
    write('rsa-pss.pem', exportPem(rsaPss().publicKey));
    write('broken.jwks', { keys: 'a' });
    write('empty', '');
    const outcome = await run(args, { stdin: exportPem(ec().publicKey) });
    expect(outcome).toEqual({ code: 2, stdout: '', stderr: `error: ${message}\n` });
  });
});
