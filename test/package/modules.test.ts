/** Both module formats, one implementation; and jsonwebtoken's subpaths. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as source from '../../src/index.ts';
import { packageEntries } from '../fixtures/package-entries.ts';
import { jotkit, Project } from './project.ts';

const names = Object.keys(source).sort();

/** What is found at a subpath, by its name at the root. */
const subpaths = [
  ['sign', 'sign'],
  ['verify', 'verify'],
  ['decode', 'decode'],
  ['lib/JsonWebTokenError', 'JsonWebTokenError'],
  ['lib/TokenExpiredError', 'TokenExpiredError'],
  ['lib/NotBeforeError', 'NotBeforeError'],
] as const;

const spelt = subpaths.flatMap(([path, name]) => [
  [path, name],
  [`${path}.js`, name],
]);

let project: Project;

beforeAll(async () => {
  project = new Project({
    name: 'modules',
    dependencies: {
      jotkit: jotkit(),
      // The same under the name of the library that it replaces.
      jsonwebtoken: jotkit(),
      'imports-it': 'file:imports-it',
      'requires-it': 'file:requires-it',
    },
  });
  const dependencies = { jotkit: jotkit() };
  project.write(
    'requires-it/package.json',
    JSON.stringify({ name: 'requires-it', version: '1.0.0', main: 'index.js', dependencies }),
  );
  project.write(
    'requires-it/index.js',
    `const jwt = require('jotkit');
    module.exports = { jwt, verify: (token, key) => jwt.verify(token, key) };`,
  );
  project.write(
    'imports-it/package.json',
    JSON.stringify({
      name: 'imports-it',
      version: '1.0.0',
      type: 'module',
      exports: './index.js',
      dependencies,
    }),
  );
  project.write(
    'imports-it/index.js',
    `import jwt, * as named from 'jotkit';
    export { jwt, named };
    export const verify = (token, key) => jwt.verify(token, key);`,
  );
  await project.install();
});

describe('what require returns', () => {
  test('is an object of plain, writable properties', async () => {
    const descriptors = await project.ask<Record<string, PropertyDescriptor>>(
      'descriptors.cjs',
      `const found = Object.getOwnPropertyDescriptors(require('jotkit'));
      for (const one of Object.values(found)) one.value = typeof one.value;
      console.log(JSON.stringify(found));`,
    );
    const plain = { value: 'function', writable: true, enumerable: true, configurable: true };
    expect(descriptors).toEqual(Object.fromEntries(names.map((name) => [name, plain])));
  });

  test('has no default and no mark of a transpiled module', async () => {
    const found = await project.ask(
      'marks.cjs',
      `const jwt = require('jotkit');
      console.log(JSON.stringify({
        default: 'default' in jwt,
        marked: '__esModule' in jwt,
        plain: Object.getPrototypeOf(jwt) === Object.prototype,
        symbols: Object.getOwnPropertySymbols(jwt).length,
      }));`,
    );
    expect(found).toEqual({ default: false, marked: false, plain: true, symbols: 0 });
  });

  test('holds functions that are named as they are exported, as stack traces show them', async () => {
    const found = await project.ask<Record<string, string>>(
      'named.cjs',
      `const entries = Object.entries(require('jotkit')).map(([key, { name }]) => [key, name]);
      console.log(JSON.stringify(Object.fromEntries(entries)));`,
    );
    expect(found).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });

  test('holds functions that work without their object', async () => {
    const claims = await project.ask(
      'detached.cjs',
      `const { sign, verify, decode } = require('jotkit');
      const token = (0, sign)({ sub: 'ada', iat: 1 }, 'a secret of thirty-two bytes or more');
      const verified = (0, verify)(token, 'a secret of thirty-two bytes or more');
      console.log(JSON.stringify([verified, (0, decode)(token)]));`,
    );
    expect(claims).toEqual([
      { sub: 'ada', iat: 1 },
      { sub: 'ada', iat: 1 },
    ]);
  });
});

describe('what import resolves to', () => {
  test('has every name, and the object of require as its default', async () => {
    const found = await project.ask<{ names: string[]; default: boolean }>(
      'namespace.mjs',
      `import { createRequire } from 'node:module';
      import * as named from 'jotkit';
      const jwt = createRequire(import.meta.url)('jotkit');
      console.log(JSON.stringify({
        names: Object.keys(named).filter((name) => name !== 'default').sort(),
        default: named.default === jwt,
      }));`,
    );
    expect(found).toEqual({ names, default: true });
  });

  test.each(names)('names the very %s of require', async (name) => {
    const same = await project.ask(
      `same-${name}.mjs`,
      `import { createRequire } from 'node:module';
      import jwt, { ${name} } from 'jotkit';
      const required = createRequire(import.meta.url)('jotkit').${name};
      console.log(${name} === required && jwt.${name} === required);`,
    );
    expect(same).toBe(true);
  });

  test('is the same when it is loaded later from a CommonJS module', async () => {
    const same = await project.ask(
      'dynamic.cjs',
      `const jwt = require('jotkit');
      import('jotkit').then((named) => {
        console.log(named.default === jwt && named.verify === jwt.verify);
      });`,
    );
    expect(same).toBe(true);
  });
});

describe('a tree in which one dependency requires the library and another imports it', () => {
  test('has one set of functions and classes', async () => {
    const same = await project.ask<boolean[]>(
      'tree.mjs',
      `import required from 'requires-it';
      import { jwt, named } from 'imports-it';
      const names = ${JSON.stringify(names)};
      console.log(JSON.stringify(
        names.map((name) => required.jwt[name] === jwt[name] && jwt[name] === named[name]),
      ));`,
    );
    expect(same).toEqual(names.map(() => true));
  });

  test('an error of one is an instance of the class of the other', async () => {
    const found = await project.ask(
      'instances.mjs',
      `import required from 'requires-it';
      import { named, verify } from 'imports-it';
      const verdict = (verify, type) => {
        try {
          verify('no token', 'key');
        } catch (error) {
          return error instanceof type;
        }
      };
      console.log(JSON.stringify([
        verdict(verify, required.jwt.JsonWebTokenError),
        verdict(required.verify, named.JsonWebTokenError),
      ]));`,
    );
    expect(found).toEqual([true, true]);
  });

  test('a function replaced through one is replaced for the other', async () => {
    const found = await project.ask(
      'replaced.mjs',
      `import required from 'requires-it';
      import { jwt, verify } from 'imports-it';
      const original = required.jwt.verify;
      required.jwt.verify = () => 'replaced';
      const during = [required.verify('', ''), verify('', '')];
      required.jwt.verify = original;
      console.log(JSON.stringify([...during, jwt.verify === original]));`,
    );
    expect(found).toEqual(['replaced', 'replaced', true]);
  });

  test('a warning that is given once is given once in all', async () => {
    const { stdout, stderr } = await project.program(
      'warnings.mjs',
      `import required from 'requires-it';
      import { jwt, named } from 'imports-it';
      for (const { sign, verify } of [required.jwt, jwt, named]) {
        verify(sign({}, 'short', { expiresIn: '60000' }), 'short');
      }
      console.log('done');`,
    );
    expect(stdout).toBe('done\n');
    expect(stderr.match(/\[JOTKIT_\w+\]/g)?.sort()).toEqual([
      '[JOTKIT_TIMESPAN_UNIT]',
      '[JOTKIT_WEAK_SECRET]',
    ]);
  });

  test('lib/timespan gives its warning once with the rest', async () => {
    const { stderr } = await project.program(
      'timespan-warning.cjs',
      `require('jotkit/lib/timespan')('60');
      require('jotkit').sign({}, 'a secret of thirty-two bytes or more', { expiresIn: '60' });`,
    );
    expect(stderr.match(/\[JOTKIT_\w+\]/g)).toEqual(['[JOTKIT_TIMESPAN_UNIT]']);
  });
});

describe.each(['jotkit', 'jsonwebtoken'])('installed as %s', (alias) => {
  test.each(spelt)('%s can be required and is %s itself', async (path, name) => {
    const found = await project.ask(
      'subpath.cjs',
      `const found = require('${alias}/${path}');
      console.log(JSON.stringify([typeof found, found === require('${alias}').${name}]));`,
    );
    expect(found).toEqual(['function', true]);
  });

  test.each(spelt)('%s can be imported, and its default is %s', async (path, name) => {
    const found = await project.ask(
      'subpath.mjs',
      `import found, { ${name} } from '${alias}/${path}';
      import root from '${alias}';
      console.log(JSON.stringify([found === root.${name}, ${name} === found]));`,
    );
    expect(found).toEqual([true, true]);
  });

  test.each(['lib/timespan', 'lib/timespan.js'])('%s is the function, both ways', async (path) => {
    const found = await project.ask(
      'timespan.mjs',
      `import { createRequire } from 'node:module';
      import imported, { timespan } from '${alias}/${path}';
      const required = createRequire(import.meta.url)('${alias}/${path}');
      console.log(JSON.stringify([
        imported === required && timespan === required,
        required('2h', 1000),
        required(60, 1000),
        required('nonsense', 1000) === undefined,
      ]));`,
    );
    expect(found).toEqual([true, 8200, 1060, true]);
  });

  test('package.json can be read', async () => {
    const name = await project.ask(
      'manifest.cjs',
      `console.log(JSON.stringify(require('${alias}/package.json').name));`,
    );
    expect(name).toBe('jotkit');
  });

  test('the files behind the subpaths cannot', async () => {
    const code = await project.ask(
      'inside.cjs',
      `try {
        require('${alias}/dist/index.cjs');
      } catch (error) {
        console.log(JSON.stringify(error.code));
      }`,
    );
    expect(code).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe.each(packageEntries)('$specifier', ({ specifier, exports, isShared }) => {
  const values = exports
    .filter(({ isType, name }) => !isType && name !== 'default')
    .map(({ name }) => name)
    .sort();

  test('has the same members by import and by require', async () => {
    const found = await project.ask(
      'entry.mjs',
      `import { createRequire } from 'node:module';
      import * as imported from '${specifier}';
      const required = createRequire(import.meta.url)('${specifier}');
      const names = Object.keys(imported).filter((name) => name !== 'default').sort();
      console.log(JSON.stringify({
        names,
        same: names.every((name) => imported[name] === required[name]),
        writable: Object.values(Object.getOwnPropertyDescriptors(required)).every((it) => it.writable),
      }));`,
    );
    expect(found).toEqual({ names: values, same: isShared, writable: true });
  });
});

test('what one room needs of another is there', async () => {
  const folder = join(project.dir, 'node_modules/jotkit/dist/bundles');
  const needed = readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const rooms = text.matchAll(/\b(\w+)=require\("(\.\/[^"]+)"\)/g);
    return [...rooms].flatMap(([, variable, room]) => {
      const uses = text.matchAll(new RegExp(`\\b${variable}\\.(\\w+)`, 'g'));
      return [...uses].map(([, name]) => ({ file, room, name }));
    });
  });
  expect(needed).toContainEqual({ file: 'http.cjs', room: './core.cjs', name: 'usageError' });
  const missing = await project.ask(
    'needs.cjs',
    `const { join } = require('node:path');
    const needed = ${JSON.stringify(needed)};
    const room = (file) => require(join(${JSON.stringify(folder)}, file));
    console.log(JSON.stringify(needed.filter(({ room: file, name }) => !(name in room(file)))));`,
  );
  expect(missing).toEqual([]);
});
