import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { blocksOf, commandsOf, isOutput } from './blocks.ts';
import { follow } from './follow.ts';
import { root } from './pages.ts';
import { hasShell } from './terminal.ts';
import { typeCheck } from './type-check.ts';
import { Workshop } from './workspace.ts';

const fence = (info: string, code: string) => `\`\`\`${info}\n${code}\n\`\`\`\n`;
const signer = `import { createSigner } from 'jotkit';
const { JWT_SECRET = '' } = process.env;
const sign = createSigner(JWT_SECRET, { algorithm: 'HS256' });`;

describe.skipIf(!hasShell && !process.env.CI)('the test of pages', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = new Workshop({ folder: inject('workshop'), tarball: inject('tarball') });
  });
  afterAll(() => workshop.remove());

  const pageOf = (text: string) => {
    return { file: 'page.md', blocks: blocksOf('page.md', text), suite: 'docs' as const };
  };
  let count = 0;
  const followed = async (text: string) => {
    await follow(pageOf(text), await workshop.open(`page-${count++}`));
  };

  const wrong: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['an output line that differs', fence('console', '$ echo a\nb'), /promised:\nb\n.*\na$/s],
    ['an output line that is missing', fence('console', '$ printf "a\\nb"\na'), /printed.*a\nb$/s],
    ['output that the page does not show', fence('console', '$ echo a'), /printed.*a$/s],
    ['a command that fails', fence('console', '$ node nothing.js'), /Cannot find module/],
    ['an undeclared name', fence('js', 'console.log(secret)'), /secret is not defined/],
    ['a promise without console.log', fence('js', '1 + 1; // → 2'), /"\/\/ →" must follow/],
    ['a wrong promise of a program', fence('js', 'console.log(1); // → 2'), /promised.*2.*\n1/s],
    [
      'a wrong promise of a file',
      fence('js [one.js]', 'console.log(1); // → 2'),
      /promised.*2.*\n1/s,
    ],
    [
      'an unknown option',
      fence('js', `${signer.replace('{ alg', "{ expireIn: '1m', alg")}`),
      /expireIn/,
    ],
    ['a package that is not installed', fence('js', "import 'express';"), /Cannot find package/],
  ];
  it.each(wrong)('rejects %s', async (_, text, message) => {
    await expect(followed(text)).rejects.toThrow(message);
  });

  it('follows files, keys, servers, tabs and variables of the shell', async () => {
    const server = (text: string) => `import { createServer } from 'node:http';
createServer((_, response) => response.end('${text}')).listen(3000);`;
    const tabs = [fence('js [One: one.js]', server('x')), fence('js [Two: two.mjs]', server('x'))];
    const transcript = '$ node one.js &\n$ A=$(curl -s localhost:3000)\n$ echo "$A" \\\n  b\nx b';
    await followed(
      `::: code-group\n${tabs.join('')}:::\n${fence('console', transcript)}${fence('js', `${signer}\nconsole.log(sign({}).length); // → 1…`)}`,
    );
  });

  it('gives folders ports that no other program gets for port 0', async () => {
    const opened = [await workshop.open('ports'), await workshop.open('other-ports')];
    const ports = opened.flatMap(({ env }) =>
      Object.values<number>(JSON.parse(env.DOCS_PORTS ?? '')),
    );
    expect(new Set(ports).size).toBe(10);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it('fails for the tab whose output differs', async () => {
    const tabs = [
      fence('js [One: one.js]', 'console.log(1);'),
      fence('js [Two: two.js]', 'console.log(2);'),
    ];
    const text = `::: code-group\n${tabs.join('')}:::\n${fence('console', '$ node one.js\n1')}`;
    await expect(followed(text)).rejects.toThrow('[Two]');
  });

  it('reports undeclared names, unknown options and wrong fragments to the reader of types', async () => {
    const workspace = await workshop.open('types');
    workspace.link('@types', join(root, 'node_modules/@types'));
    const text = [
      fence('js', signer),
      fence('js fragment', 'const name: string = sign({ sub: 1 });'),
      fence('js fragment', "sign({ sub: 'ada' });"),
      fence('js', 'console.log(secret);'),
      fence('js', signer.replace('{ alg', "{ expireIn: '1m', alg")),
    ].join('\n');
    const problems = typeCheck([{ page: pageOf(text), dir: workspace.dir }]);
    const found = [...problems.values()].map((problem) => problem.replaceAll('\n', ' '));
    expect(found).toEqual([
      '',
      expect.stringContaining("'number' is not assignable"),
      '',
      expect.stringContaining("Cannot find name 'secret'"),
      expect.stringContaining('expireIn'),
    ]);
  });
});

describe('the blocks of a page', () => {
  it('match output only as a whole, where "…" is anything', () => {
    expect(isOutput('{"a":1}', '{"a":…}')).toBe(true);
    expect(isOutput('a\nb\nc', 'a\n…\nc')).toBe(true);
    expect(isOutput('ab', 'a')).toBe(false);
    expect(isOutput('aXb', 'a.b')).toBe(false);
  });

  it('are commands with their output', () => {
    const [block] = blocksOf('x.md', fence('console', '$ a \\\n  b\nout\n$ c &'));
    expect(block && commandsOf(block)).toEqual([
      { command: 'a \\\n  b', output: 'out' },
      { command: 'c &', output: '' },
    ]);
  });

  it('are rejected without an end, with an unknown mark, and as output without a command', () => {
    expect(() => blocksOf('x.md', '```js\nx')).toThrow('x.md:1');
    expect(() => blocksOf('x.md', fence('js no-run', 'x'))).toThrow('no-run');
    const [block] = blocksOf('x.md', fence('console', 'out'));
    expect(() => block && commandsOf(block)).toThrow('first line');
  });
});
