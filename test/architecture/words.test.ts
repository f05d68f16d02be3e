/** Counts the words that are not the field's: the counts only go down. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from './sources.ts';

/** Each has a name in the field: returns, rejects, receives, checks, the caller, reused, available. */
const WORDS =
  /\b(answer(s|ed|ing)?|refus(e|es|ed|ing|al|als)|told|asked|judg(e|es|ed|ing)|stands|may stand|held against|is none|whoever|nobody|somebody|good tokens?|in earnest|comes twice|at hand|by itself|mistakes?)\b/gi;

/** Names that others gave: the channel `jotkit:refused`, and connections as the system reports them. */
const EXEMPT = /\b(jotkit:)?refused(?=[`'(])/g;

/** Most that each area has. Lower a number when you remove words; never raise one. */
const LIMITS = {
  src: 0,
  'test titles': 1,
  'docs/decisions': 0,
  'other docs': 0,
  examples: 0,
  'README.md': 0,
  'CONTRIBUTING.md': 0,
  'SECURITY.md': 0,
  'CHANGELOG.md': 0,
  'RELEASING.md': 0,
};

const read = (path: string) => readFileSync(join(root, path), 'utf8');

function filesIn(directory: string, pattern: RegExp): string[] {
  return readdirSync(join(root, directory), { recursive: true })
    .map((path) => `${directory}/${String(path).replaceAll('\\', '/')}`)
    .filter(
      (path) => pattern.test(path) && !/\/(node_modules|api|dist|cache|benchmarks)\//.test(path),
    )
    .sort();
}

/** The texts of an area, by the path to report. */
function textsOf(area: string): Array<[path: string, text: string]> {
  if (area === 'test titles') {
    return filesIn('test', /\.test\.ts$/).map((path) => [path, titlesIn(path).join('\n')]);
  }
  const docs = filesIn('docs', /\.md$/);
  const isDecision = (path: string) => path.startsWith('docs/decisions/');
  const files: Record<string, () => string[]> = {
    src: () => filesIn('src', /\.ts$/),
    'docs/decisions': () => docs.filter(isDecision),
    'other docs': () => docs.filter((path) => !isDecision(path)),
    examples: () => filesIn('examples', /\.(md|js|ts|html)$/),
  };
  return (files[area]?.() ?? [area]).map((path) => [path, read(path)]);
}

/** The first arguments of `test`, `it` and `describe`, also behind `.each(…)` and the like. */
function titlesIn(path: string): string[] {
  const titles: string[] = [];
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  const nameOf = (node: ts.Expression): string | undefined => {
    if (ts.isIdentifier(node)) return node.text;
    const isWrapped =
      ts.isCallExpression(node) ||
      ts.isPropertyAccessExpression(node) ||
      ts.isTaggedTemplateExpression(node);
    return isWrapped
      ? nameOf(ts.isTaggedTemplateExpression(node) ? node.tag : node.expression)
      : undefined;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(test|it|describe)$/.test(nameOf(node.expression) ?? '')) {
      const [title] = node.arguments;
      if (title && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title))) {
        titles.push(title.getText(source));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

describe.each(Object.entries(LIMITS))('in %s', (area, limit) => {
  it(`has at most ${limit} words of the list`, () => {
    const found = textsOf(area).flatMap(([path, text]) =>
      text.split('\n').flatMap((line, index) => {
        const words = [...line.replace(EXEMPT, '').matchAll(WORDS)].map(([word]) => word);
        return words.map((word) => `${path}:${index + 1} ${word}`);
      }),
    );
    const report = `${found.length} words in ${area}:\n${found.join('\n')}`;
    expect(found.length, report).toBeLessThanOrEqual(limit);
  });
});
