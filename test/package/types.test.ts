/** The types, seen by each compiler in each module system; what compiles is then run. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { installed, jotkit, type Project } from './project.ts';

const ours = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

/** Folders of compilers; those in node_modules are the project's. */
const compilers = {
  'TypeScript 5.4': 'node_modules/typescript-5.4',
  'TypeScript 5.9': ours,
  'TypeScript 7': 'node_modules/typescript-7',
};

const body = `
const secret = 'a secret of thirty-two bytes or more';
const options: SignOptions = { expiresIn: '15m', audience: ['api'] };
const token: string = jwt.sign({ sub: 'ada' }, secret, options);
const claims: JwtPayload | string = verify(token, secret, { audience: 'api' });
const late: Expired = new Expired('late', new Date(0));
const at: Date = late.expiredAt;
const until: number | undefined = timespan('1h', 1000);
const whole: Jwt | null = decode(token, { complete: true });
const checks: boolean[] = [
  jwt.verify === verify,
  all.verify === verify,
  signAlone === jwt.sign,
  decode === jwt.decode,
  decode === decodeJs,
  Expired === ExpiredJs,
  late instanceof Expired,
  late instanceof JsonWebTokenError,
  at.getTime() === 0,
  until === 4600,
  whole?.header.alg === 'HS256',
  typeof claims === 'object' && claims.sub === 'ada',
];
if (checks.includes(false)) throw new Error(JSON.stringify(checks));
console.log('works');
`;

const names = 'JsonWebTokenError, type Jwt, type JwtPayload, type SignOptions, verify';

const sources = {
  /** What ES modules write. */
  esm: `
import jwt, { ${names} } from 'jotkit';
import * as all from 'jotkit';
import decode from 'jotkit/decode';
import decodeJs from 'jotkit/decode.js';
import Expired from 'jotkit/lib/TokenExpiredError';
import ExpiredJs, { TokenExpiredError as Named } from 'jotkit/lib/TokenExpiredError.js';
import timespan from 'jotkit/lib/timespan';
import { sign as signAlone } from 'jotkit/sign';
${body}
const named: Named = late;
if (named instanceof all.default.TokenExpiredError === false) throw new Error('default');
`,
  /** What CommonJS modules write where esModuleInterop is on. */
  cjs: `
import jwt from 'jotkit';
import * as all from 'jotkit';
import { ${names} } from 'jotkit';
import required = require('jotkit');
import decode from 'jotkit/decode';
import decodeJs = require('jotkit/decode.js');
import Expired from 'jotkit/lib/TokenExpiredError';
import ExpiredJs = require('jotkit/lib/TokenExpiredError.js');
import timespan from 'jotkit/lib/timespan';
import signAlone = require('jotkit/sign');
${body}
const payload: required.JwtPayload = { sub: 'ada' };
if (required.verify !== verify || payload.sub !== 'ada') throw new Error('required');
`,
  /** What CommonJS modules write where it is off. */
  cjsWithoutInterop: `
import jwt = require('jotkit');
import * as all from 'jotkit';
import { ${names} } from 'jotkit';
import decode = require('jotkit/decode');
import decodeJs = require('jotkit/decode.js');
import Expired = require('jotkit/lib/TokenExpiredError');
import ExpiredJs = require('jotkit/lib/TokenExpiredError.js');
import timespan = require('jotkit/lib/timespan');
import signAlone = require('jotkit/sign');
${body}
`,
};

interface Setup {
  /** File names and what they hold. */
  files: Record<string, string>;
  options: Record<string, unknown>;
  /** What of it runs after it is compiled. */
  runs: string[];
  /** The newest compiler has no such setup any more. */
  old?: true;
}

const setups: Record<string, Setup> = {
  'ES and CommonJS modules, module node16': {
    files: { 'esm.mts': sources.esm, 'cjs.cts': sources.cjs },
    options: { module: 'node16', esModuleInterop: true },
    runs: ['esm.mjs', 'cjs.cjs'],
  },
  'CommonJS modules, module node16, without esModuleInterop': {
    files: { 'cjs.cts': sources.cjsWithoutInterop },
    options: { module: 'node16', esModuleInterop: false },
    runs: ['cjs.cjs'],
    old: true,
  },
  'ES modules, moduleResolution bundler': {
    files: { 'esm.mts': sources.esm },
    options: { module: 'esnext', moduleResolution: 'bundler' },
    runs: ['esm.mjs'],
  },
  'CommonJS modules, moduleResolution node10': {
    files: { 'cjs.ts': sources.cjs },
    options: { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: true },
    runs: ['cjs.js'],
    old: true,
  },
  'CommonJS modules, moduleResolution node10, without esModuleInterop': {
    files: { 'cjs.ts': sources.cjsWithoutInterop },
    options: { module: 'commonjs', moduleResolution: 'node10', esModuleInterop: false },
    runs: ['cjs.js'],
    old: true,
  },
};

let project: Project;

beforeAll(async () => {
  project = await installed({
    name: 'types',
    dependencies: {
      jotkit: jotkit(),
      jsonwebtoken: jotkit(),
      '@types/node': '^20.12.0',
      'typescript-5.4': 'npm:typescript@~5.4.0',
      'typescript-7': 'npm:typescript@^7.0.0',
    },
  });
});

let counter = 0;

/** Compiles files in a folder of their own; returns that folder and the errors. */
async function compile(
  compiler: string,
  files: Record<string, string>,
  options: Record<string, unknown>,
): Promise<{ folder: string; found: string }> {
  counter += 1;
  const folder = `case-${counter}`;
  for (const [name, text] of Object.entries(files)) project.write(`${folder}/${name}`, text);
  const usual = { strict: true, types: ['node'], target: 'es2022', lib: ['es2022'] };
  const compilerOptions = { ...usual, skipLibCheck: true, ...options };
  project.write(
    `${folder}/tsconfig.json`,
    JSON.stringify({ compilerOptions, files: Object.keys(files) }),
  );
  const tsc = join(compiler, 'bin/tsc');
  const found = await project
    .run(process.execPath, [tsc, '--project', folder, '--pretty', 'false'])
    .then(
      () => '',
      (error: Error) => error.message,
    );
  return { folder, found };
}

describe.each(Object.entries(compilers))('%s', (name, compiler) => {
  const offered = Object.entries(setups).filter(([, { old }]) => !old || name !== 'TypeScript 7');

  test.each(offered)('%s', async (_title, { files, options, runs }) => {
    const all = { exactOptionalPropertyTypes: true, ...options };
    const { folder, found } = await compile(compiler, files, all);
    expect(found).toBe('');
    for (const file of runs) {
      const { stdout } = await project.run(process.execPath, [`${folder}/${file}`]);
      expect(stdout).toBe('works\n');
    }
  });

  test('no target named, not strict, and the types themselves checked', async () => {
    const files = { 'plain.ts': `import * as jwt from 'jotkit'; export const sign = jwt.sign;` };
    const unset = { target: undefined, lib: undefined, strict: false, skipLibCheck: false };
    const options = { module: 'esnext', moduleResolution: 'bundler', ...unset };
    const { found } = await compile(compiler, files, options);
    expect(found).toBe('');
  });

  test('wrong calls are errors in every module format', async () => {
    const wrong = `
import { sign, verify } from 'jotkit';
import * as all from 'jotkit';
export const notText: number = sign({}, 'secret');
export const noKey = sign({});
export const notAnAlgorithm = sign({}, 'secret', { algorithm: 'HS1' });
export const notAnOption = verify('token', 'secret', { audiences: 'api' });
export const nothing = all.nothing;
`;
    const options = { module: 'node16' };
    const { found } = await compile(compiler, { 'wrong.mts': wrong, 'wrong.cts': wrong }, options);
    const places = [...found.matchAll(/wrong\.([mc]ts)\((\d+),/g)].map(([, file, line]) => {
      return `${file} ${line}`;
    });
    const lines = [4, 5, 6, 7, 8];
    expect([...new Set(places)].sort()).toEqual([
      ...lines.map((line) => `cts ${line}`),
      ...lines.map((line) => `mts ${line}`),
    ]);
  });

  test("an application may add claims to jsonwebtoken's JwtPayload", async () => {
    const source = `
import * as jwt from 'jsonwebtoken';
declare module 'jsonwebtoken' {
  export interface JwtPayload {
    role?: 'admin' | 'guest';
  }
  export interface UserPayload extends JwtPayload {
    user: number;
  }
}
declare const claims: jwt.JwtPayload;
declare const user: jwt.UserPayload;
export const role: 'admin' | 'guest' | undefined = claims.role;
export const both: ['admin' | 'guest' | undefined, number] = [user.role, user.user];
export const wrong: number = claims.role;
`;
    const options = { module: 'node16' };
    const files = { 'added.mts': source, 'added.cts': source };
    const { found } = await compile(compiler, files, options);
    const errors = found.split('\n').filter((line) => line.includes('error TS'));
    expect(
      errors.map((line) => line.replace(/^.*(added\.\w+)\((\d+),.*$/, '$1 $2')).sort(),
    ).toEqual(['added.cts 15', 'added.mts 15']);
  });
});

test('the types of the newest Node.js fit ours', async () => {
  const newest = await installed({
    name: 'newest',
    dependencies: { jotkit: jotkit(), '@types/node': 'latest' },
  });
  newest.write('all.mts', `import jwt from 'jotkit'; export const sign = jwt.sign;`);
  const tsc = join(project.dir, compilers['TypeScript 7'], 'bin/tsc');
  const options = ['--noEmit', '--module', 'nodenext', '--types', 'node', 'all.mts'];
  const { stdout } = await newest.run(process.execPath, [tsc, ...options]);
  expect(stdout).toBe('');
});
