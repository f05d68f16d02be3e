import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isErrorCode } from '../../src/errors.ts';
import { exampleReadmes, markdownFiles, read, root } from './pages.ts';
import { sourceFiles } from './snippets.ts';

/** The text of a page without its code blocks. */
function prose(file: string): string {
  return read(file).replace(/^```[\s\S]*?^```$/gm, '');
}

/** The anchor of a heading, as GitHub makes it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

function headings(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading));
}

function links(file: string): string[] {
  const found = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return found.filter((target) => !/^[a-z]+:/.test(target));
}

function matchesIn(file: string, pattern: RegExp): string[] {
  return [...read(file).matchAll(pattern)].map(([, found = '']) => found).sort();
}

describe('the documentation', () => {
  const foreign = /^ERR_(?:JWT|JWS|JWKS|JOSE)_|^ERR_(?:REQUIRE_ESM|PACKAGE_PATH_NOT_EXPORTED)$/;
  it.each(markdownFiles())('%s names only error codes that exist', (file) => {
    const named = [...read(file).matchAll(/\bERR_[A-Z_]+[A-Z]\b/g)].map(([code]) => code);
    const unknown = named.filter((code) => !isErrorCode(code) && !foreign.test(code));
    expect(unknown).toEqual([]);
  });

  const linking = [...markdownFiles(), 'examples/README.md', ...exampleReadmes()];
  it.each(linking)('%s links only to what exists', (file) => {
    const broken = links(file).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path ? normalize(join(dirname(file), path)) : file;
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !headings(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(markdownFiles())('%s names only files and directories that exist', (file) => {
    const named = matchesIn(file, /`((?:src|test|docs|examples)\/[\w./-]+)`/g);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('has a README of at most 120 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  });

  it('shows code only in languages that the site can highlight', () => {
    // Names that Shiki knows: it renders others as plain text.
    const known = [
      'console',
      'diff',
      'html',
      'js',
      'json',
      'jsx',
      'prisma',
      'sh',
      'sql',
      'svelte',
      'text',
      'ts',
      'tsx',
      'vue',
      'yaml',
    ];
    const fences = [...markdownFiles(), ...sourceFiles()].flatMap((file) =>
      matchesIn(file, /^(?: \* )?```(\w+)/gm),
    );
    expect([...new Set(fences)].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('maps the standards to files of core and jwk that exist', () => {
    const named = matchesIn('docs/project/standards.md', /`((?:core|jwk)\/[a-z0-9/-]+\.ts)`/g);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !existsSync(join(root, 'src', name)))).toEqual([]);
  });
});
