/** Libraries that depend on jsonwebtoken, with this library put in its place by npm's `overrides`. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, jotkit, type Project, plainEnvironment } from './project.ts';

const secret = 'a secret of the tests, long enough for HS256';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privatePem = pemOf(privateKey);
const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' }];

/** How another library signs and verifies tokens of one kind. */
interface Mint {
  alg: 'HS256' | 'RS256';
  /** The same family with another digest, which no application here allows. */
  otherAlg: 'HS384' | 'RS384';
  signing: KeyObject;
  verifying: KeyObject;
}

const secretKey = createSecretKey(secret, 'utf8');
const shared: Mint = {
  alg: 'HS256',
  otherAlg: 'HS384',
  signing: secretKey,
  verifying: secretKey,
};

const keyPair: Mint = {
  alg: 'RS256',
  otherAlg: 'RS384',
  signing: privateKey,
  verifying: publicKey,
};

interface App {
  file: string;
  mint: Mint;
  env?: NodeJS.ProcessEnv;
  /** What the library itself says of a request without a token. */
  missing: string;
  path?: string;
}

const apps: Record<string, App> = {
  'express-jwt': {
    file: 'express-jwt.cjs',
    mint: shared,
    missing: 'No authorization token was found',
  },
  'passport-jwt': { file: 'passport-jwt.cjs', mint: shared, missing: 'No auth token' },
  '@nestjs/jwt with a secret': {
    file: 'nestjs-jwt.cjs',
    mint: shared,
    missing: 'jwt must be provided',
  },
  '@nestjs/jwt with a key pair': {
    file: 'nestjs-jwt.cjs',
    mint: keyPair,
    env: { PRIVATE_KEY: privatePem, PUBLIC_KEY: pemOf(publicKey) },
    missing: 'jwt must be provided',
  },
  'koa-jwt': { file: 'koa-jwt.cjs', mint: shared, missing: 'Token not found' },
  'hapi-auth-jwt2': { file: 'hapi-auth-jwt2.cjs', mint: shared, missing: 'Missing authentication' },
  'jwks-rsa': {
    file: 'jwks-rsa.cjs',
    mint: keyPair,
    env: { PRIVATE_KEY: privatePem },
    missing: 'jwt must be provided',
  },
  'jwks-rsa with express-jwt': {
    file: 'jwks-rsa.cjs',
    mint: keyPair,
    env: { PRIVATE_KEY: privatePem },
    missing: 'No authorization token was found',
    path: '/me-too',
  },
};

/** Exact versions: the page of the documentation names them. */
const installs = {
  '@azure/msal-node': '7.2.1',
  '@hapi/hapi': '21.4.9',
  '@nestjs/common': '11.2.10',
  '@nestjs/core': '11.2.10',
  '@nestjs/jwt': '11.0.2',
  '@nestjs/platform-express': '11.2.10',
  '@thream/socketio-jwt': '3.1.4',
  '@types/express': '5.0.4',
  '@types/node': '^20.12.0',
  '@types/passport-jwt': '4.0.1',
  'apple-signin-auth': '2.1.0',
  express: '5.3.0',
  'express-jwt': '8.5.1',
  'hapi-auth-jwt2': '11.0.0',
  'jwks-rsa': '4.1.0',
  koa: '3.3.0',
  'koa-jwt': '4.0.4',
  passport: '0.7.0',
  'passport-jwt': '4.0.1',
  'reflect-metadata': '0.2.1',
  rxjs: '7.8.0',
  'socket.io': '4.8.4',
  'socket.io-client': '4.8.4',
};

/** What each is made to do here. */
const uses: Partial<Record<keyof typeof installs, string>> = {
  '@azure/msal-node': 'signs a client assertion with PS256',
  '@nestjs/jwt': 'a whole login with a secret and with a key pair; `JwtService`, sync and async',
  '@thream/socketio-jwt':
    'Socket.IO connections: valid, expired, signed with another key, without a token',
  'apple-signin-auth': 'signs a client secret with ES256; looks up the key of an identity token',
  'express-jwt': 'a whole login, also with the keys of jwks-rsa',
  'hapi-auth-jwt2': 'a whole login',
  'jwks-rsa': 'a whole login with keys from a key set',
  'koa-jwt': 'a whole login',
  'passport-jwt': 'a whole login',
};

let project: Project;

beforeAll(async () => {
  project = await installed({
    name: 'consumers',
    dependencies: { jsonwebtoken: jotkit(), ...installs },
    overrides: { jsonwebtoken: '$jsonwebtoken' },
  });
  for (const { file } of Object.values(apps)) project.copy(`apps/${file}`, file);
});

// jwks-rsa takes it only as a development dependency: its keys reach it through the others.
test.each(Object.keys(uses).filter((name) => name !== 'jwks-rsa'))(
  'what %s loads as jsonwebtoken is this library',
  async (consumer) => {
    const found = await project.ask(
      'resolve.cjs',
      `const { createRequire } = require('node:module');
    const { dirname, join } = require('node:path');
    const folder = join(__dirname, 'node_modules', ${JSON.stringify(consumer)}, 'package.json');
    const inside = createRequire(folder);
    const { name } = inside('jsonwebtoken/package.json');
    const { dependencies } = require(folder);
    console.log(JSON.stringify({ name, wanted: 'jsonwebtoken' in dependencies }));`,
    );
    expect(found).toEqual({ name: 'jotkit', wanted: true });
  },
);

test('docs/project/consumers.md names what runs here, and its version', async () => {
  const rows = Object.entries(uses).map(([name, use]) => {
    return `| ${name} ${installs[name as keyof typeof installs]} | ${use} |`;
  });
  const template = readFileSync(join(import.meta.dirname, 'apps', 'page.md'), 'utf8');
  const page = template.replace(
    'TABLE',
    ['| Library | Tested |', '| --- | --- |', ...rows].join('\n'),
  );
  await expect(page).toMatchFileSnapshot('../../docs/project/consumers.md');
});

test('no second copy is installed', async () => {
  const { stdout } = await project.run('npm', ['query', '[name="jsonwebtoken"]']);
  expect(JSON.parse(stdout)).toEqual([]);
  const ours = await project.run('npm', ['query', '[name="jotkit"]']);
  expect(JSON.parse(ours.stdout)).toHaveLength(1);
});

test('their type declarations fit ours', async () => {
  project.write(
    'typed.cts',
    `import { JwtModule, JwtService, type JwtSignOptions, TokenExpiredError } from '@nestjs/jwt';
    import { expressjwt } from 'express-jwt';
    import jwksRsa from 'jwks-rsa';
    import { ExtractJwt, Strategy } from 'passport-jwt';
    const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken();
    const signOptions: JwtSignOptions = { expiresIn: '15m', algorithm: 'HS256' };
    const verifyOptions = { audience: /^api/, algorithms: ['HS256' as const] };
    export const service = new JwtService({ secret: 'secret', signOptions, verifyOptions });
    export const token: string = service.sign({ sub: 'ada' });
    export const nestModule = JwtModule.register({ signOptions });
    export const late: Date = new TokenExpiredError('late', new Date(0)).expiredAt;
    export const middleware = expressjwt({
      secret: jwksRsa.expressJwtSecret({ jwksUri: 'https://issuer.example/jwks' }),
      algorithms: ['RS256'],
      audience: /^api/,
    });
    export const strategy = new Strategy(
      { secretOrKey: 'secret', jwtFromRequest, algorithms: ['HS256'], issuer: ['a', 'b'] },
      (payload, done) => done(null, payload),
    );
    export const wrong: number = service.sign({ sub: 'ada' });`,
  );
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const options = ['--strict', '--noEmit', '--module', 'node16', '--types', 'node'];
  const found = await project.run(process.execPath, [tsc, ...options, 'typed.cts']).then(
    () => '',
    (error: Error) => error.message,
  );
  // Other packages may have errors of their own.
  const concerned = /^(typed\.cts|.*(jsonwebtoken|jwt|jwks-rsa)\/.*)\(\d+,\d+\): error TS.*$/gm;
  const errors = (found.match(concerned) ?? []).map((line) => line.replace(/\(\d+,\d+\)/, ''));
  expect(errors).toEqual([
    "typed.cts: error TS2322: Type 'string' is not assignable to type 'number'.",
  ]);
});

describe.each(Object.entries(apps))('a login with %s', (_name, app) => {
  const { mint } = app;
  const path = app.path ?? '/me';
  let server: Server;
  beforeAll(async () => {
    server = await serve(app.file, { SECRET: secret, JWKS: JSON.stringify({ keys }), ...app.env });
  });
  afterAll(() => server.close());

  async function login(): Promise<string> {
    const response = await fetch(`${server.url}/login`, { method: 'POST' });
    const { token } = (await response.json()) as { token: string };
    return token;
  }

  async function me(token?: string): Promise<{ status: number; body: unknown }> {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const response = await fetch(server.url + path, headers && { headers });
    return { status: response.status, body: await response.json() };
  }

  async function minted(claims: object, alg: string = mint.alg): Promise<string> {
    return new SignJWT({ sub: 'ada', aud: 'api', ...claims })
      .setProtectedHeader({ alg, typ: 'JWT', kid: 'first' })
      .setIssuedAt()
      .sign(mint.signing);
  }

  const rejected = (message: string) => ({
    status: 401,
    body: expect.objectContaining({ message }) as unknown,
  });

  test('the token issued is one that another library accepts', async () => {
    const token = await login();
    const options = { algorithms: [mint.alg], audience: 'api' };
    const { payload } = await jwtVerify(token, mint.verifying, options);
    expect(payload.sub).toBe('ada');
    expect(Number(payload.exp)).toBeGreaterThan(Number(payload.iat));
  });

  test('the token issued is accepted', async () => {
    expect(await me(await login())).toEqual({ status: 200, body: { sub: 'ada' } });
  });

  test('a token of another library is accepted', async () => {
    const token = await minted({ exp: seconds() + 60 });
    expect(await me(token)).toEqual({ status: 200, body: { sub: 'ada' } });
  });

  test('an expired token is rejected', async () => {
    expect(await me(await minted({ exp: seconds() - 1 }))).toEqual(rejected('jwt expired'));
  });

  test('a token that is not active yet is rejected', async () => {
    expect(await me(await minted({ nbf: seconds() + 600 }))).toEqual(rejected('jwt not active'));
  });

  test('a tampered token is rejected', async () => {
    const [header, , signature] = (await login()).split('.');
    const payload = Buffer.from(JSON.stringify({ sub: 'eve', aud: 'api' })).toString('base64url');
    expect(await me(`${header}.${payload}.${signature}`)).toEqual(rejected('invalid signature'));
  });

  test('a token for another audience is rejected', async () => {
    const token = await minted({ aud: 'shop' });
    expect(await me(token)).toEqual(rejected('jwt audience invalid. expected: api'));
  });

  test('a token of an algorithm that is not allowed is rejected', async () => {
    const token = await minted({}, mint.otherAlg);
    expect(await me(token)).toEqual(rejected('invalid algorithm'));
  });

  test('an unsigned token is rejected', async () => {
    const token = new UnsecuredJWT({ sub: 'ada', aud: 'api' }).encode();
    expect((await me(token)).status).toBe(401);
  });

  test('a string that is no token is rejected', async () => {
    expect((await me('nonsense')).status).toBe(401);
  });

  test('a request without a token is rejected', async () => {
    expect(await me()).toEqual(rejected(app.missing));
  });
});

describe('a login with @thream/socketio-jwt', () => {
  let server: Server;
  beforeAll(async () => {
    project.copy('apps/socketio-jwt.mjs', 'socketio-jwt.mjs');
    project.copy('apps/socketio-client.cjs', 'socketio-client.cjs');
    server = await serve('socketio-jwt.mjs', { SECRET: secret });
  });
  afterAll(() => server.close());

  async function connect(token?: string): Promise<unknown> {
    const auth = token === undefined ? [] : [`Bearer ${token}`];
    const client = ['socketio-client.cjs', server.url, ...auth];
    const { stdout } = await project.run(process.execPath, client);
    return JSON.parse(stdout);
  }

  const minted = (key: string, exp: number) =>
    new SignJWT({ sub: 'ada', exp })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(createSecretKey(key, 'utf8'));

  test('the token issued opens the connection', async () => {
    const response = await fetch(`${server.url}/login`);
    const { token } = (await response.json()) as { token: string };
    expect(await connect(token)).toEqual({ sub: 'ada' });
  });

  test.each([
    ['an expired token', () => minted(secret, seconds() - 1), 'invalid_token'],
    ['a token of another key', () => minted('another secret', seconds() + 60), 'invalid_token'],
    ['no token', async () => undefined, 'credentials_required'],
  ])('%s does not', async (_title, make, code) => {
    expect(await connect(await make())).toEqual({ rejected: code });
  });
});

describe('JwtService of @nestjs/jwt', () => {
  test('returns the same, synchronously and as a promise', async () => {
    project.copy('apps/nestjs-service.cjs', 'nestjs-service.cjs');
    const env = { SECRET: secret, PRIVATE_KEY: privatePem, PUBLIC_KEY: pemOf(publicKey) };
    const { stdout } = await project.run(process.execPath, ['nestjs-service.cjs'], env);
    const valid = { sub: 'ada', iat: 1_700_000_000, exp: 4_000_000_000 };
    const answers = {
      sync: valid,
      async: valid,
      decoded: valid,
      expiredSync: ['TokenExpiredError', 'jwt expired', '2023-11-14T22:13:21.000Z'],
      expiredAsync: ['TokenExpiredError', 'jwt expired', '2023-11-14T22:13:21.000Z'],
    };
    expect(JSON.parse(stdout)).toEqual({ secret: answers, keyPair: answers });
  });
});

describe('assertions that a client signs', () => {
  test("@azure/msal-node signs PS256 by the header's word", async () => {
    const assertion = await project.ask<string>(
      'msal.cjs',
      `const { ClientAssertion, CryptoProvider } = require('@azure/msal-node');
      const assertion = ClientAssertion.fromCertificateWithSha256Thumbprint(
        ${JSON.stringify('ab'.repeat(32))},
        ${JSON.stringify(privatePem)},
      );
      const token = assertion.getJwt(new CryptoProvider(), 'client', 'https://login.example/token');
      console.log(JSON.stringify(token));`,
    );
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
      issuer: 'client',
      audience: 'https://login.example/token',
      // It rounds the time, and so may be half a second ahead.
      clockTolerance: 2,
    });
    const thumbprint = Buffer.from('ab'.repeat(32), 'hex').toString('base64url');
    expect(protectedHeader).toMatchObject({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint });
    expect(payload.sub).toBe('client');
  });

  test('apple-signin-auth signs ES256 and looks up the key of an identity token', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const identity = (claims: object) =>
      new SignJWT({ iss: 'https://appleid.apple.com', sub: 'ada', aud: 'app', ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'first' })
        .sign(privateKey);
    const good = await identity({ exp: seconds() + 60 });
    const late = await identity({ exp: seconds() - 1 });
    const answer = await project.ask<{ clientSecret: string; good: string; late: string }>(
      'apple.cjs',
      `const apple = require('apple-signin-auth');
      const keys = ${JSON.stringify(keys)};
      apple._setFetch(async () => ({ text: async () => JSON.stringify({ keys }) }));
      const verdict = (token) =>
        apple.verifyIdToken(token, { audience: 'app' }).then((claims) => claims.sub, String);
      const clientSecret = apple.getClientSecret({
        clientID: 'app',
        teamID: 'team',
        keyIdentifier: 'key',
        privateKey: ${JSON.stringify(pemOf(pair.privateKey))},
      });
      Promise.all([verdict('${good}'), verdict('${late}')]).then(([good, late]) =>
        console.log(JSON.stringify({ clientSecret, good, late })),
      );`,
    );
    expect(answer).toMatchObject({ good: 'ada', late: 'TokenExpiredError: jwt expired' });
    const { payload, protectedHeader } = await jwtVerify(answer.clientSecret, pair.publicKey);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'key' });
    expect(payload).toMatchObject({ iss: 'team', sub: 'app' });
  });
});

interface Server {
  url: string;
  close(): Promise<void>;
}

/** Starts a program of the project that prints the port on which it listens. */
async function serve(file: string, env: NodeJS.ProcessEnv): Promise<Server> {
  const child: ChildProcess = spawn(process.execPath, [file], {
    cwd: project.dir,
    env: { ...plainEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  if (!child.stdout) throw new Error('no output to read the port from');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), ended]);
  const port = Number(first[0]);
  if (!(port > 0)) throw new Error(`${file} did not start`);
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      child.kill();
      await ended;
    },
  };
}

function pemOf(key: KeyObject): string {
  const type = key.type === 'private' ? 'pkcs8' : 'spki';
  return key.export({ type, format: 'pem' }).toString();
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
