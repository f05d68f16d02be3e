import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root, sources } from './sources.ts';

/** A module imports from the lines above its own, and from itself. */
const modules = [
  ['errors'],
  ['core'],
  ['sign', 'verify', 'decode'],
  ['jwk'],
  ['explain'],
  ['testing'],
  ['http'],
  ['databases'],
  ['replay'],
  ['dpop'],
  ['profiles'],
  ['resource'],
  ['sessions'],
  ['adapters'],
  ['client'],
  ['index'],
  ['cli'],
];

/** One module in three files: the classic calls share their types. */
const classicCalls = new Set(['sign', 'verify', 'decode']);

/** The order of the directories and single files in core: it is the flow. */
const core = [
  ['lru-map', 'warn-once', 'call-back', 'thenable', 'nearest'],
  ['encoding'],
  ['token'],
  ['option-rules'],
  ['keys'],
  ['clock'],
  ['sign', 'verify'],
];

const isEntry = (path: string) => posix.basename(path) === 'index.ts';

function moduleOf(path: string): string {
  if (isEntry(path)) return 'index';
  return (path.split('/')[0] ?? path).replace(/\.ts$/, '');
}

function lineOf(path: string): number {
  return modules.findIndex((line) => line.includes(moduleOf(path)));
}

const edges = sources.flatMap(({ path, imports }) => imports.map((to) => ({ path, to })));
const show = ({ path, to }: { path: string; to: string }) => `${path} -> ${to}`;

describe('the sources', () => {
  test('import only files that exist', () => {
    const paths = new Set(sources.map(({ path }) => path));
    expect(edges.length).toBeGreaterThan(50);
    expect(edges.filter(({ to }) => !paths.has(to)).map(show)).toEqual([]);
  });

  test('are in known directories', () => {
    expect(sources.filter(({ path }) => lineOf(path) === -1).map(({ path }) => path)).toEqual([]);
  });

  test('import in one direction: as CONTRIBUTING.md says', () => {
    const wrong = edges.filter(({ path, to }) => {
      const [from, target] = [moduleOf(path), moduleOf(to)];
      const isOneModule = from === target || (classicCalls.has(from) && classicCalls.has(target));
      return !isOneModule && lineOf(to) >= lineOf(path);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('in core import only from the directories before their own', () => {
    const partOf = (path: string) => (path.split('/')[1] ?? path).replace(/\.ts$/, '');
    const placeOf = (path: string) => core.findIndex((line) => line.includes(partOf(path)));
    const inCore = (path: string) => path.startsWith('core/');
    const present = sources.filter(({ path }) => inCore(path)).map(({ path }) => partOf(path));
    // A new directory must be in the list.
    expect([...new Set(present)].sort()).toEqual(core.flat().sort());
    const wrong = edges.filter(({ path, to }) => {
      const isOther = inCore(path) && inCore(to) && partOf(path) !== partOf(to);
      return isOther && placeOf(to) >= placeOf(path);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('have no cycle', () => {
    const importsOf = new Map(sources.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, trail: string[]): void => {
      if (trail.includes(path))
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      else if (!done.has(path)) {
        for (const to of importsOf.get(path) ?? []) walk(to, [...trail, path]);
        done.add(path);
      }
    };
    for (const { path } of sources) walk(path, []);
    expect(cycles).toEqual([]);
  });

  test('do not import an index.ts', () => {
    expect(edges.filter(({ to }) => isEntry(to)).map(show)).toEqual([]);
  });

  test('of the client import only each other, and no other file imports them', () => {
    const isInside = (path: string) => path.startsWith('client/');
    const crossing = edges.filter(({ path, to }) => isInside(path) !== isInside(to));
    expect(crossing.map(show)).toEqual([]);
  });

  test('of the command line are imported by no other file', () => {
    const isInside = (path: string) => path.startsWith('cli/');
    const crossing = edges.filter(({ path, to }) => !isInside(path) && isInside(to));
    expect(crossing.map(show)).toEqual([]);
  });

  test('of the command line load the library only with a command', () => {
    const isStart = (path: string) => /^cli\/[^/]+$/.test(path);
    const outside = edges.filter(({ path, to }) => isStart(path) && !to.startsWith('cli/'));
    const used = ['core/nearest.ts', 'core/encoding/printable.ts'];
    expect(outside.map(({ to }) => to)).toEqual(used);
    expect(sources.filter(({ path, imports }) => used.includes(path) && imports[0])).toEqual([]);
  });

  test('of the tools import neither HTTP nor sessions', () => {
    const isTool = (path: string) => /^(cli|explain|testing)\//.test(path);
    const isService = (path: string) => /^(http|sessions|adapters|client)\//.test(path);
    const crossing = edges.filter(
      ({ path, to }) => (isTool(path) && isService(to)) || (isService(path) && isTool(to)),
    );
    expect(crossing.map(show)).toEqual([]);
  });

  test('of the client run in browsers', () => {
    const files = sources.filter(({ path }) => path.startsWith('client/'));
    expect(files.length).toBeGreaterThan(5);
    expect(
      files.filter(({ specifiers }) => specifiers.some((name) => !/^\.\//.test(name))),
    ).toEqual([]);
    expect(files.filter(({ text }) => /\b(process|Buffer|require)\b/.test(code(text)))).toEqual([]);
  });

  test('of the command line leave the process to main.ts', () => {
    const users = sources.filter(
      ({ path, text }) => /^cli\//.test(path) && /\bprocess\./.test(text),
    );
    expect(users.map(({ path }) => path)).toEqual(['cli/main.ts']);
  });

  test('import nothing but each other and what Node.js has under "node:"', () => {
    const foreign = sources.flatMap(({ path, specifiers }) =>
      specifiers
        .filter((name) => !name.startsWith('.'))
        .filter((name) => !(name.startsWith('node:') && builtinModules.includes(name.slice(5))))
        .map((name) => `${path} -> ${name}`),
    );
    expect(foreign).toEqual([]);
  });

  test('name the files that they import with their extension', () => {
    const bare = sources.flatMap(({ path, specifiers }) =>
      specifiers
        .filter((name) => name.startsWith('.') && !name.endsWith('.ts'))
        .map((name) => `${path} -> ${name}`),
    );
    expect(bare).toEqual([]);
  });

  test('leave the network to one file of the server, to the client and to the tools for tests', () => {
    const network = /^node:(https?|http2|net|tls|dgram|dns)(\/|$)/;
    const users = sources.filter(
      ({ specifiers, text }) =>
        specifiers.some((name) => network.test(name)) || /\bfetch\(/.test(code(text)),
    );
    const outside = users.filter(
      ({ path }) =>
        !/^(jwk\/remote\/fetch-document\.ts$|testing\/(attack\/(attack|http-target|local-server)|issuer\/server|loopback-server)\.ts$|adapters\/|client\/)/.test(
          path,
        ),
    );
    expect(outside.map(({ path }) => path)).toEqual([]);
  });

  test('take the clock as an argument: core does not store Date.now', () => {
    const early = sources.filter(({ text }) =>
      /(?:const|let)\s+\w+\s*=\s*Date\.now\b(?!\()/.test(text),
    );
    expect(early.map(({ path }) => path)).toEqual([]);
  });
});

/** Text without comments. */
function code(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/.*/g, '');
}

describe('every file', () => {
  test('has a name that says what it is about', () => {
    const vague = /^(utils?|helpers?|common|types?|misc|shared|lib)$/;
    const paths = sources.map(({ path }) => path);
    expect(paths.filter((path) => vague.test(posix.basename(path, '.ts')))).toEqual([]);
    expect(
      paths.filter((path) =>
        path
          .split('/')
          .slice(0, -1)
          .some((dir) => vague.test(dir)),
      ),
    ).toEqual([]);
    expect(paths.filter((path) => !/^[a-z0-9/-]+\.ts$/.test(path))).toEqual([]);
  });

  test.each(sources)('opens with one sentence about itself: $path', ({ path, text }) => {
    const start = text.replace(/^#!.*\n/, '');
    if (isEntry(path)) expect(start).toMatch(/^\/\*\*\n \* [A-Z][^\n]*\.\n/);
    else {
      const [, sentence = ''] = /^\/\*\* ([^\n]*) \*\/\n/.exec(start) ?? [];
      expect(sentence).toMatch(/\.$/);
      expect(sentence).not.toMatch(/[.!?] [A-Z]/);
      expect(sentence.length).toBeLessThan(120);
    }
  });
});

test('the package needs no other package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const kind of ['dependencies', 'optionalDependencies', 'bundledDependencies']) {
    expect(Object.keys(manifest[kind] ?? {})).toEqual([]);
  }
  for (const script of ['preinstall', 'install', 'postinstall']) {
    expect(manifest.scripts).not.toHaveProperty(script);
  }
});
