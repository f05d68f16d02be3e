/** The subpaths of the package: the one list that build, manifest, documentation and tests follow. */

/** Subpaths that export names: a bundle for Node.js, and ES modules for bundlers. */
export const entries: Readonly<Record<string, string>> = {
  index: 'src/index.ts',
  jwk: 'src/jwk/index.ts',
  explain: 'src/explain/index.ts',
  testing: 'src/testing/index.ts',
  http: 'src/http/index.ts',
  express: 'src/adapters/express.ts',
  fastify: 'src/adapters/fastify.ts',
  fetch: 'src/adapters/fetch.ts',
  hono: 'src/adapters/hono.ts',
  koa: 'src/adapters/koa.ts',
  lambda: 'src/adapters/lambda.ts',
  nestjs: 'src/adapters/nestjs.ts',
  node: 'src/adapters/node.ts',
  'socket.io': 'src/adapters/socket-io.ts',
  ws: 'src/adapters/ws.ts',
  replay: 'src/replay/index.ts',
  'replay/sqlite': 'src/replay/stores/sqlite.ts',
  'replay/redis': 'src/replay/stores/redis.ts',
  'replay/postgres': 'src/replay/stores/postgres.ts',
  'replay/mysql': 'src/replay/stores/mysql.ts',
  'replay/conformance': 'src/replay/stores/conformance.ts',
  dpop: 'src/dpop/index.ts',
  profiles: 'src/profiles/index.ts',
  resource: 'src/resource/index.ts',
  sessions: 'src/sessions/index.ts',
  'sessions/memory': 'src/sessions/stores/memory.ts',
  'sessions/sqlite': 'src/sessions/stores/sqlite.ts',
  'sessions/redis': 'src/sessions/stores/redis.ts',
  'sessions/postgres': 'src/sessions/stores/postgres.ts',
  'sessions/mysql': 'src/sessions/stores/mysql.ts',
  'sessions/conformance': 'src/sessions/stores/conformance.ts',
};

/** Subpaths for browsers: one file in each module format, which imports nothing and runs on Node.js, too. */
export const browser: Readonly<Record<string, string>> = {
  client: 'src/client/index.ts',
};

/** Subpaths of jsonwebtoken, where the module is one function or class of the root. Node.js only. */
export const singles: Readonly<Record<string, string>> = {
  sign: 'sign',
  verify: 'verify',
  decode: 'decode',
  'lib/JsonWebTokenError': 'JsonWebTokenError',
  'lib/TokenExpiredError': 'TokenExpiredError',
  'lib/NotBeforeError': 'NotBeforeError',
  'lib/timespan': 'timespan',
};

/** The program of the package, which no subpath names or loads. */
export const program = 'src/cli/main.ts';

/** Its commands: each is a bundle that is loaded when the command is called. */
export const commands = [
  'decode',
  'verify',
  'explain',
  'sign',
  'keygen',
  'jwks',
  'attack',
  'issuer',
];

/** Each bundle includes these files itself, because that of their directory exports public names only. No state. */
export const copied = [
  'src/core/encoding/printable.ts',
  'src/core/token/looks-like-jwt.ts',
  'src/core/verify/listed-keys.ts',
  'src/core/nearest.ts',
  'src/jwk/jwk-members.ts',
  'src/jwk/jwks/found-issuers.ts',
  'src/jwk/jwks/issuer-verifier.ts',
  'src/jwk/remote/backoff.ts',
  'src/jwk/remote/fetch-document.ts',
  'src/jwk/remote/jwks-url.ts',
  'src/jwk/remote/monotonic-clock.ts',
  'src/databases/client-shape.ts',
  'src/databases/deadline.ts',
  'src/databases/mysql-client.ts',
  'src/databases/postgres-client.ts',
  'src/databases/redis-client.ts',
  'src/databases/retry.ts',
  'src/databases/sql-values.ts',
  'src/databases/sqlite-client.ts',
  'src/databases/table.ts',
  'src/databases/time-limit.ts',
  'src/replay/keys.ts',
  'src/replay/use-once.ts',
  'src/sessions/rotate-row.ts',
  'src/http/cookie-details.ts',
  'src/http/implied-scopes.ts',
  'src/http/one-of.ts',
  'src/http/origins.ts',
  'src/http/protected-resource.ts',
  'src/http/request.ts',
  'src/http/scope.ts',
  'src/http/sender-proof.ts',
  'src/http/signed-claims.ts',
];

/** Conditions in the order in which they are tried. TypeScript finds the types beside each file. */
type Conditions = Readonly<Record<string, string>>;

const forNode = (path: string): Conditions => ({
  import: `./dist/${path}.mjs`,
  require: `./dist/${path}.cjs`,
});

const forNodeAndBundlers = (path: string): Conditions => ({
  module: `./dist/esm/${path}.mjs`,
  ...forNode(path),
});

/** The fields of package.json that follow from the lists above. */
export function manifestFields() {
  const exports: Record<string, Conditions | string> = { '.': forNodeAndBundlers('index') };
  // jsonwebtoken has no `exports`: code names its files with and without the extension.
  exports['./index.js'] = forNodeAndBundlers('index');
  for (const path of Object.keys(entries)) exports[`./${path}`] = forNodeAndBundlers(path);
  for (const path of Object.keys(browser)) exports[`./${path}`] = forNode(path);
  for (const path of Object.keys(singles)) {
    exports[`./${path}`] = forNode(path);
    exports[`./${path}.js`] = forNode(path);
  }
  exports['./package.json'] = './package.json';
  // For moduleResolution node10, which does not read `exports`; `./*` is for `types` and package.json.
  const types = { '*.js': ['./dist/*.d.cts'], '*': ['./dist/*.d.cts', './*'] };
  return { bin: { jotkit: 'dist/cli.cjs' }, exports, typesVersions: { '*': types } };
}

/** The entry points of the documentation. */
export const documented = Object.values({ ...entries, ...browser });
