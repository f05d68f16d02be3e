import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageEntries } from '../fixtures/package-entries.ts';
import { root } from './pages.ts';
import * as prelude from './prelude.ts';
import { Sandbox, toJs } from './sandbox.ts';
import {
  promisedOutput,
  type Snippet,
  sourceExamples,
  sourceFiles,
  withImports,
} from './snippets.ts';

const snippets = sourceFiles()
  .flatMap(sourceExamples)
  .map((snippet, index) => {
    const code = isCommonJs(snippet)
      ? snippet.code
      : `import './prelude.ts'; ${withImports(snippet.code, './prelude.ts', Object.keys(prelude))}\nexport {};\n`;
    const extension = isCommonJs(snippet) ? 'cjs' : snippet.language;
    return { ...snippet, code, file: `snippet-${index}.${extension}` };
  });

function isCommonJs({ code, language }: Snippet): boolean {
  return language === 'js' && /\brequire\(/.test(code);
}

/** What the prelude has to know of the snippet. */
function sceneOf({ code }: Snippet): Record<string, string> {
  const alg = /\b(?:[RP]S(?:256|384|512)|ES(?:256K?|384|512)|Ed(?:DSA|25519|448))\b/.exec(
    code,
  )?.[0];
  const pair = /\b(?:publicKey|privateKey|publicPem|privatePem|keysByKid|fetchKey|jwks)\b/.test(
    code,
  );
  const issuer = prelude.issuers.find((name) => code.includes(`'${name}'`)) ?? '';
  return { SNIPPET_ALG: alg ?? 'EdDSA', SNIPPET_PAIR: pair ? 'yes' : '', SNIPPET_ISSUER: issuer };
}

/** Compiles all snippets at once, as files that stand beside the prelude; says what is wrong by file. */
function typeCheck(): Map<string, string> {
  const folder = join(root, 'test/docs');
  const texts = new Map(snippets.map(({ file, code }) => [join(folder, file), code]));
  // What the build writes as the declaration of the ES module.
  const entry = join(folder, 'jotkit-entry.ts');
  texts.set(
    entry,
    `import * as jotkit from '../../src/index.ts';\nexport * from '../../src/index.ts';\nexport default jotkit;\n`,
  );
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const settings: ts.CompilerOptions = {
    ...options,
    allowJs: true,
    checkJs: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    verbatimModuleSyntax: false,
    paths: {
      ...Object.fromEntries(
        packageEntries.map(({ specifier, file }) => [specifier, [join(root, file)]]),
      ),
      jotkit: [entry],
    },
  };
  const host = ts.createCompilerHost(settings);
  const { readFile, fileExists } = host;
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  const program = ts.createProgram([...texts.keys()], settings, host);

  const problems = new Map<string, string>();
  for (const { file } of snippets) {
    const source = program.getSourceFile(join(folder, file));
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ];
    const text = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    problems.set(file, text.join('\n'));
  }
  return problems;
}

describe('the code that the documentation shows', () => {
  let sandbox: Sandbox;
  let problems: Map<string, string>;

  beforeAll(() => {
    sandbox = new Sandbox();
    problems = typeCheck();
    for (const { file, code } of snippets) {
      sandbox.write(file.replace(/\.ts$/, '.js'), file.endsWith('.cjs') ? code : toJs(code));
    }
  }, 120_000);
  afterAll(() => sandbox.remove());

  it('is found', () => {
    expect(snippets.length).toBeGreaterThan(40);
  });

  const named = snippets.map((snippet) => [snippet.place, snippet] as const);

  it.each(named)('%s has the right types', (_, { file }) => {
    expect(problems.get(file)).toBe('');
  });

  it.concurrent.each(named)('%s runs and prints what it promises', async (_, snippet) => {
    const { status, stdout, stderr } = await sandbox.run(
      snippet.file.replace(/\.ts$/, '.js'),
      sceneOf(snippet),
    );
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const promised = promisedOutput(snippet);
    if (promised.length > 0) expect(stdout.trimEnd().split('\n')).toEqual(promised);
  });
});
