import { expect, test } from 'vitest';
import { copied } from '../../entries.ts';
import { sources } from '../architecture/sources.ts';
import { packageEntries } from '../fixtures/package-entries.ts';

/** The public values. A change of this list is a change of the API and of its version. */
const values: Record<string, string[]> = {
  'jotkit/http': [
    'AuthError',
    'bearer',
    'checkCsrf',
    'cookie',
    'createAuthenticator',
    'getAuth',
    'getAuthError',
    'header',
    'onExpiry',
    'query',
    'requireAll',
    'requireAny',
    'requireAnyRole',
    'requireAnyScope',
    'requireAuth',
    'requireClaims',
    'requireRoles',
    'requireScopes',
    'rolesOf',
    'scopesOf',
    'serializeTokenCookie',
    'setAuth',
    'tokenCookies',
    'wsProtocol',
  ],
  'jotkit/express': ['jwt', 'jwtErrors', 'protectedResource'],
  'jotkit/fastify': ['default', 'protectedResource'],
  'jotkit/fetch': ['protectedResource', 'withAuth'],
  'jotkit/hono': ['jwt', 'protectedResource'],
  'jotkit/koa': ['jwt', 'protectedResource'],
  'jotkit/node': ['authenticateNode', 'protectedResource', 'toListener', 'withAuth'],
  'jotkit/socket.io': ['extendAuth', 'handshakeAuth', 'jwt'],
  'jotkit/ws': ['extendAuth', 'handleUpgrade', 'upgradeAuth'],
};

test.each(Object.entries(values))('%s exports exactly these names', (specifier, names) => {
  const entry = packageEntries.find((entry) => entry.specifier === specifier);
  const found = entry?.exports.filter(({ isType }) => !isType).map(({ name }) => name);
  expect(found?.sort()).toEqual(names);
});

test('adapters import only public names of http, because each is its own bundle', () => {
  const adapters = sources.filter(({ path }) => path.startsWith('adapters/'));
  expect(adapters.length).toBeGreaterThan(8);
  const imported = adapters.flatMap(({ path, text }) =>
    [...text.matchAll(/^import \{([^}]*)\} from '\.\.\/(http\/[^']*)';/gm)]
      .filter(([, , file]) => !copied.includes(`src/${file}`))
      .flatMap(([, names = '']) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '' && !name.startsWith('type '))
          .map((name) => ({ path, name })),
      ),
  );
  expect(imported.length).toBeGreaterThan(15);
  expect(imported.filter(({ name }) => !values['jotkit/http']?.includes(name))).toEqual([]);
});
