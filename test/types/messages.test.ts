/** What TypeScript says about frequent errors: the option or the argument, by name. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

const lines: Array<[code: string, message: RegExp]> = [
  ["sign({}, process.env['SECRET']);", /'string \| undefined' is not assignable/],
  [
    'sign({}, secret, { expireIn: 60 });',
    /'expireIn' does not exist in type 'SignOptions'.*expiresIn/,
  ],
  ["sign({}, secret, { algorithm: 'HS265' });", /"HS265"' is not assignable.*"HS256"/],
  ["signAsync({}, process.env['SECRET']);", /'string \| undefined' is not assignable/],
  ["createSigner(process.env['SECRET']);", /'string \| undefined' is not assignable/],
  ['createSigner(secret, { expireIn: 60 });', /'expireIn' does not exist in type .*expiresIn/],
  ["createSigner(secret, { algorithm: 'HS265' });", /"HS265"' is not assignable.*"HS256"/],
  ["createSigner(secret)({ exp: '1h' });", /'string' is not assignable to type 'number'/],
  ['createSigner(secret)({ sub: 5 });', /'number' is not assignable to type 'string'/],
  ['createSigner(secret)({ aud: [5] });', /'number' is not assignable to type 'string'/],
];

test('names what is wrong', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(root, 'test/types/messages-'));
  try {
    const file = join(folder, 'program.ts');
    const head = [
      "import { createSigner, sign, signAsync } from '../../../src/index.ts';",
      'declare const secret: Buffer;',
      'class User { constructor(readonly sub: string, readonly admin: boolean) {} }',
      "createSigner(secret)(new User('ada', true));",
      "createSigner(secret)({ sub: 'ada', roles: ['a'], exp: 1 } as object);",
    ];
    writeFileSync(file, [...head, ...lines.map(([code]) => code)].join('\n'));
    const program = ts.createProgram([file], {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts'],
      module: ts.ModuleKind.NodeNext,
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      allowImportingTsExtensions: true,
    });
    const source = program.getSourceFile(file);
    const found = new Map(
      program.getSemanticDiagnostics(source).map(({ messageText, start, file: at }) => {
        const line = at?.getLineAndCharacterOfPosition(start ?? 0).line ?? -1;
        return [line - head.length, ts.flattenDiagnosticMessageText(messageText, ' ')];
      }),
    );
    expect([...found.keys()].sort((a, b) => a - b)).toEqual(lines.map((_, i) => i));
    for (const [i, [, message]] of lines.entries()) expect(found.get(i)).toMatch(message);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
