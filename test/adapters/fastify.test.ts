import fastify5 from 'fastify';
import fastify4 from 'fastify4';
import jwt from '../../src/adapters/fastify.ts';
import { getAuth, getAuthError, requireScopes } from '../../src/http/index.ts';
import { adapterContract, cookies, freshPair, type Harness } from './contract.ts';

const majors = { 'Fastify 4': fastify4 as unknown as typeof fastify5, 'Fastify 5': fastify5 };

const harness = (create: typeof fastify5): Harness => ({
  body: 'theirs',
  async start(...options) {
    const app = create();
    app.post('/login', (_request, reply) => {
      reply.header('set-cookie', 'theme=dark; Path=/');
      cookies.set(reply, freshPair());
      reply.send();
    });
    app.post('/logout', (_request, reply) => {
      cookies.clear(reply);
      reply.send();
    });
    await app.register(async (scope) => {
      for (const each of options) await scope.register(jwt, each);
      scope.options('/me', (_request, reply) => reply.code(204).send());
      scope.route({
        method: ['GET', 'HEAD', 'POST'],
        url: '/me',
        handler(request, reply) {
          const auth = getAuth(request, { optional: true });
          const { user } = request as { user?: unknown };
          const reason = getAuthError(request)?.reason;
          reply.send({ sub: auth?.payload.sub, source: auth?.source, user, reason });
        },
      });
      scope.get('/scoped', { preHandler: requireScopes('admin') }, async () => ({}));
    });
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    const close = () => {
      app.server.closeAllConnections();
      return app.close();
    };
    return { origin, close };
  },
});

for (const [name, create] of Object.entries(majors)) adapterContract(name, harness(create));
