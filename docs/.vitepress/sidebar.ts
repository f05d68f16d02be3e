/** The pages in the order of the sidebar and of the version menu: each page is in one of them. */

/** Titles by path. */
export type Pages = Record<string, string>;

export const sidebar: ReadonlyArray<{ text: string; pages: Pages }> = [
  {
    text: 'Start',
    pages: {
      'guide/get-started': 'Get started',
      'guide/choose-an-api': 'Choose an API',
      'guide/types': 'Types',
      'guide/testing': 'Testing',
      'guide/test-without-an-identity-provider': 'Test without an identity provider',
      'guide/attack-your-verifier': 'Attack your own verifier',
      'guide/command-line': 'Command line',
      'guide/edge-and-workers': 'Edge and workers',
      'guide/esm-and-commonjs': 'ESM and CommonJS',
    },
  },
  {
    text: 'Protect an API',
    pages: {
      'guide/express': 'Express',
      'guide/fastify': 'Fastify',
      'guide/hono': 'Hono',
      'guide/koa': 'Koa',
      'guide/nestjs': 'NestJS',
      'guide/nextjs': 'Next.js',
      'guide/sveltekit': 'SvelteKit',
      'guide/nuxt': 'Nuxt',
      'guide/node-http': 'node:http',
      'guide/fetch': 'fetch',
      'guide/aws-lambda': 'AWS Lambda',
      'guide/other-frameworks': 'Other frameworks',
      'guide/websockets': 'WebSockets',
      'guide/cookies-or-headers': 'Cookies or headers',
      'guide/roles-and-scopes': 'Roles and scopes',
      'guide/api-keys': 'API keys',
      'guide/dpop': 'DPoP and mutual TLS',
      'guide/logout-and-revocation': 'Logout and revocation',
      'guide/options': 'Options',
      'guide/opentelemetry': 'OpenTelemetry',
    },
  },
  {
    text: 'Log users in',
    pages: {
      'guide/sessions': 'Sessions',
      'guide/sessions-in-express': 'Sessions in Express',
      'guide/browser-client': 'Requests in the browser',
      'guide/session-options': 'Session options',
      'guide/back-channel-logout': 'Back-channel logout',
      'guide/sessions-in-production': 'Sessions in production',
      'guide/sessions-at-scale': 'Sessions at scale',
    },
  },
  {
    text: 'Store sessions',
    pages: {
      'guide/session-stores': 'Session stores',
      'guide/sessions-in-sqlite': 'SQLite',
      'guide/sessions-in-postgresql': 'PostgreSQL',
      'guide/sessions-in-mysql': 'MySQL and MariaDB',
      'guide/sessions-in-redis': 'Redis',
      'guide/sessions-with-an-orm': 'Kysely, Knex, Drizzle, Prisma',
      'guide/replay-stores': 'Replay stores',
    },
  },
  {
    text: 'Tokens from others',
    pages: {
      'guide/resource-server': 'Resource servers',
      'guide/mcp': 'MCP servers',
      'guide/identity-providers': 'Identity providers',
      'guide/auth0': 'Auth0',
      'guide/cognito': 'Amazon Cognito',
      'guide/entra-id': 'Microsoft Entra ID',
      'guide/google': 'Google and Firebase',
      'guide/keycloak': 'Keycloak',
      'guide/aws-alb': 'AWS load balancers',
      'guide/kubernetes': 'Kubernetes',
      'guide/issuer-patterns': 'Issuer patterns',
      'guide/remote-keys': 'Remote keys',
      'guide/token-kinds': 'Kinds of tokens',
    },
  },
  {
    text: 'Sign and verify',
    pages: {
      'guide/sign': 'Sign',
      'guide/verify': 'Verify',
      'guide/explain-a-token': 'Explain a token',
      'guide/sign-for-services': 'Sign for services',
      'guide/keys-and-algorithms': 'Keys and algorithms',
      'guide/rotate-keys': 'Rotate keys',
      'guide/performance': 'Performance',
    },
  },
  {
    text: 'Errors',
    pages: {
      'errors/why-401': 'Why do I get 401?',
      'errors/error-codes': 'Error codes',
      'errors/warnings': 'Warnings',
    },
  },
  {
    text: 'Migrate from',
    pages: {
      'migrate/jsonwebtoken': 'jsonwebtoken',
      'migrate/jose': 'jose',
      'migrate/fast-jwt': 'fast-jwt',
      'migrate/express-jwt': 'express-jwt',
      'migrate/fastify-jwt': '@fastify/jwt',
      'migrate/koa-jwt': 'koa-jwt',
      'migrate/passport-jwt': 'passport-jwt',
      'migrate/hono-jwt': 'hono/jwt',
      'migrate/own-sessions': 'own sessions',
    },
  },
];

export const versionMenu: Pages = {
  'project/changelog': 'Changelog',
  'project/security': 'Security',
  'project/standards': 'Standards',
  'project/runtimes': 'Runtimes',
  'benchmarks/node24': 'Benchmarks',
  'project/consumers': 'Consumers',
  'decisions/': 'Decisions',
  'project/write-a-store': 'Write a store',
};

export const titles: Pages = Object.assign({}, versionMenu, ...sidebar.map(({ pages }) => pages));
