import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors.ts';
import { markdownFiles, read, root, sourceFiles } from './snippets.ts';

/** Text as it is read: without what stands in fences. */
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

function standing(file: string, pattern: RegExp): string[] {
  return [...read(file).matchAll(pattern)].map(([, found = '']) => found).sort();
}

describe('the documentation', () => {
  it('has one row for every error code in the guide, and none for others', () => {
    const rows = standing('docs/guide/errors.md', /^\| `(ERR_[A-Z_]+)` \|/gm);
    expect(rows).toEqual(Object.keys(errorCodes).sort());
  });

  it('says for every error code what it looks like, where it comes from and what to do', () => {
    const rows = read('docs/guide/errors.md').match(/^\| `ERR_.*$/gm) ?? [];
    const thin = rows.filter((row) => {
      const cells = row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim());
      return cells.length !== 4 || cells.some((cell) => cell === '');
    });
    expect(thin).toEqual([]);
  });

  it('has one row for every warning code', () => {
    const rows = standing('docs/guide/errors.md', /^\| `(JOTKIT_[A-Z_]+)` \|/gm);
    const given = sourceFiles().flatMap((file) => standing(file, /'(JOTKIT_[A-Z_]+)'/g));
    expect(rows).toEqual([...new Set(given)].sort());
  });

  const foreign = /^ERR_(?:JWT|JWS|JWKS|JOSE)_/;
  it.each(markdownFiles())('%s names only error codes that exist', (file) => {
    const named = [...read(file).matchAll(/\bERR_[A-Z_]+[A-Z]\b/g)].map(([code]) => code);
    const unknown = named.filter((code) => !Object.hasOwn(errorCodes, code) && !foreign.test(code));
    expect(unknown).toEqual([]);
  });

  it.each(markdownFiles())('%s links only to what is there', (file) => {
    const broken = links(file).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path ? normalize(join(dirname(file), path)) : file;
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !headings(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(markdownFiles())('%s names only files and folders that are there', (file) => {
    const named = standing(file, /`((?:src|test|docs|examples)\/[\w./-]+)`/g);
    const exempt = /^docs\/site\/?$/;
    expect(named.filter((path) => !exempt.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  it('shows every guide on the site, and links to each from the README', () => {
    const { projectDocuments } = JSON.parse(read('typedoc.json')) as { projectDocuments: string[] };
    const guides = markdownFiles().filter((file) => file.startsWith('docs/guide/'));
    expect(guides.length).toBeGreaterThan(30);
    expect(guides.filter((file) => !projectDocuments.includes(file))).toEqual([]);
    expect(guides.filter((file) => !links('README.md').includes(file))).toEqual([]);
  });

  it('shows code only in languages that the site can highlight', () => {
    const { highlightLanguages } = JSON.parse(read('typedoc.json')) as {
      highlightLanguages: string[];
    };
    const fences = [...markdownFiles(), ...sourceFiles()].flatMap((file) =>
      standing(file, /^(?: \* )?```(\w+)/gm),
    );
    const names: Record<string, string> = { ts: 'typescript', js: 'javascript', sh: 'bash' };
    const shown = new Set(fences.map((name) => names[name] ?? name));
    expect([...shown].filter((name) => !highlightLanguages.includes(name))).toEqual([]);
  });

  it('maps the standards to files of core and jwk that are there', () => {
    const named = standing('docs/standards.md', /`((?:jwk\/)?[a-z0-9-]+\.ts)`/g);
    expect(named.length).toBeGreaterThan(50);
    const folder = (name: string) => (name.startsWith('jwk/') ? 'src' : 'src/core');
    expect(named.filter((name) => !existsSync(join(root, folder(name), name)))).toEqual([]);
  });

  it('shows every file of the source in the rooms, in an order in which imports point upwards', () => {
    const rooms = /^src\/$[\s\S]*?^```$/m.exec(read('CONTRIBUTING.md'))?.[0] ?? '';
    const shown = [...rooms.matchAll(/([a-z0-9-]+)\.ts/g)].map(([name]) => name);
    expect([...shown].sort()).toEqual(
      sourceFiles()
        .map((file) => file.replace(/.*\//, ''))
        .sort(),
    );

    const core = readdirSync(join(root, 'src/core'));
    const place = (name: string) => shown.indexOf(name);
    const downwards = core.flatMap((name) => {
      const imported = standing(
        `src/core/${name}`,
        /^(?:import|export) (?!type)[^;]*? from '\.\/([^']+)';/gm,
      );
      return imported
        .filter((other) => place(other) > place(name))
        .map((other) => `${name} → ${other}`);
    });
    expect(downwards).toEqual([]);
  });
});
