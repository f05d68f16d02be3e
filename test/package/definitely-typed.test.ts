/** Code written against the published types of jsonwebtoken compiles with ours in their place. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const program = readFileSync(join(import.meta.dirname, 'definitely-typed.ts'), 'utf8');

/** The package that takes the place of `jsonwebtoken` in a temporary project. */
type Types = 'published' | 'ours';

const modes: Record<string, ts.CompilerOptions> = {
  strict: { strict: true },
  'not strict': { strict: false },
  'with exactOptionalPropertyTypes': { strict: true, exactOptionalPropertyTypes: true },
};

const modules: Record<string, ts.CompilerOptions> = {
  'through a bundler': {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  },
  'as CommonJS': {
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    esModuleInterop: true,
  },
};

/** As Node.js itself reads them: what most of the tests here use. */
const node: ts.CompilerOptions = { module: ts.ModuleKind.NodeNext, esModuleInterop: true };

const projects = {} as Record<Types, string>;

beforeAll(() => {
  projects.published = project('@types/jsonwebtoken');
  projects.ours = project();
  const place = join(projects.ours, 'node_modules/jsonwebtoken');
  mkdirSync(place);
  execFileSync('tar', ['-xzf', inject('tarball'), '--strip-components=1', '-C', place]);
});

afterAll(() => {
  for (const dir of Object.values(projects)) rmSync(dir, { recursive: true, force: true });
});

/** A folder in which some of our packages are installed. */
function project(...packages: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'types-'));
  mkdirSync(join(dir, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/node', '@types/ms', ...packages]) {
    symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name), 'dir');
  }
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module' }));
  return dir;
}

/** Compiles one file in a project; returns the errors of the compiler. */
function errorsOf(types: Types, name: string, text: string, options: ts.CompilerOptions): string[] {
  const file = join(projects[types], name);
  writeFileSync(file, text);
  const compiled = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts'],
    types: ['node'],
    typeRoots: [join(projects[types], 'node_modules/@types')],
    skipLibCheck: true,
    noEmit: true,
    ...options,
  });
  return ts.getPreEmitDiagnostics(compiled).map(({ messageText, start, file: source }) => {
    const line = source && source.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

const strict = { ...node, strict: true };

describe.each(Object.entries(modes))('a program for jsonwebtoken, %s', (_mode, mode) => {
  test.each(['published', 'ours'] as const)('compiles with types: %s', (types) => {
    const options = { ...node, ...mode };
    expect(errorsOf(types, 'program.ts', program, options)).toEqual([]);
  });
});

test.each(Object.entries(modules))('the program compiles with our types %s', (_kind, kind) => {
  expect(errorsOf('ours', 'program.ts', program, { ...kind, strict: true })).toEqual([]);
});

test('our type files compile by themselves', () => {
  const options = { ...strict, ...modes['with exactOptionalPropertyTypes'], skipLibCheck: false };
  const text = "export * from 'jsonwebtoken';";
  expect(errorsOf('ours', 'library.ts', text, options)).toEqual([]);
});

const wrongLines = [
  "jwt.verify('token', 'secret', { algorithms: ['HS265'] });",
  "jwt.verify('token', 'secret', { audiense: 'api' });",
  "jwt.verify('token', process.env.SECRET);",
  "jwt.verify('token', 'secret').iss;",
  "jwt.verify('token', 'secret', (error, decoded) => decoded?.iss);",
  "jwt.verify('token', (header, callback) => callback(null, header.nothing), () => {});",
  "jwt.verify('token', 42, () => {});",
  "jwt.sign({}, 'secret', { expiresIn: 'soon' });",
  "jwt.sign({}, 'secret', { algorithm: 'none ' });",
  "jwt.sign({}, null, { algorithm: 'HS256' });",
  'jwt.sign({});',
  "jwt.decode('token').sub;",
  "jwt.decode('token', { complete: true }).header;",
  "const options: jwt.SignOptions = { expiresin: '1h' };",
];

describe.each(['published', 'ours'] as const)('with types: %s', (types) => {
  test('`import jwt = require()` holds functions, classes and types', () => {
    const text = `
      import jwt = require('jsonwebtoken');
      const options: jwt.SignOptions = { expiresIn: '1h' };
      const token: string = jwt.sign({}, 'secret', options);
      const claims = jwt.verify(token, 'secret') as jwt.JwtPayload;
      export = [claims.sub?.length, new jwt.JsonWebTokenError('no')];
    `;
    expect(errorsOf(types, 'required.cts', text, strict)).toEqual([]);
  });

  test('callbacks may leave out what can be absent where nulls are not checked', () => {
    const text = `
      import jwt from 'jsonwebtoken';
      interface Session { id: string }
      const key: string = process.env.SECRET;
      jwt.sign({}, key, { expiresIn: null }, (error: Error, token: string) => token.length);
      jwt.verify('token', key, (error: Error, session: Session) => session.id);
      jwt.verify('token', key, {}, (error: jwt.VerifyErrors, claims: jwt.JwtPayload) => claims.sub);
      jwt.verify('token', null, { complete: undefined }).toString();
      export const id: string = (jwt.verify('token', key) as Session).id;
      export const kid: string = jwt.decode(undefined, { complete: true }).header.kid;
    `;
    expect(errorsOf(types, 'loose.ts', text, { ...node, strict: false })).toEqual([]);
  });

  test('an interface that was extended by declaration keeps its new members', () => {
    const text = `
      import { verify, type Jwt, type JwtPayload } from 'jsonwebtoken';
      declare module 'jsonwebtoken' {
        export interface JwtPayload { tenant: { id: number } }
        export interface Invitation extends JwtPayload { email: string }
      }
      import type { Invitation } from 'jsonwebtoken';
      const claims = verify('token', 'secret') as JwtPayload;
      export const id: string = claims.tenant.id;
      export const email: number = (verify('token', 'secret') as Invitation).email;
    `;
    const found = errorsOf(types, 'augmented.ts', text, strict);
    expect(found).toEqual([
      "9: Type 'number' is not assignable to type 'string'.",
      "10: Type 'string' is not assignable to type 'number'.",
    ]);
  });

  test('every wrong line is one error', () => {
    const text = ["import jwt from 'jsonwebtoken';", ...wrongLines].join('\n');
    const found = errorsOf(types, 'wrong.ts', text, strict);
    const numbers = wrongLines.map((_, index) => `${index + 2}`);
    expect(found.map((complaint) => complaint.split(':')[0])).toEqual(numbers);
  });
});

test('a subpath that jsonwebtoken has is typed as the function or class it is', () => {
  const text = `
    import sign = require('jsonwebtoken/sign');
    import verify = require('jsonwebtoken/verify.js');
    import decode = require('jsonwebtoken/decode');
    import TokenExpiredError = require('jsonwebtoken/lib/TokenExpiredError');
    import jwt = require('jsonwebtoken');
    const same: typeof jwt.sign = sign;
    const error: jwt.TokenExpiredError = new TokenExpiredError('late', new Date());
    export = [same, error, verify('token', 'secret'), decode('token')?.toString()];
  `;
  expect(errorsOf('ours', 'subpaths.cts', text, strict)).toEqual([]);
});
