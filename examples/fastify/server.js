// Protects one part of a Fastify server, and loads the user of each token.
import Fastify from 'fastify';
import { createSigner } from 'jotkit';
import jwt from 'jotkit/fastify';
import { getAuth, requireRoles } from 'jotkit/http';

const { JWT_SECRET = '' } = process.env;
const sign = createSigner(JWT_SECRET, { audience: 'api', expiresIn: '10m' });

const users = new Map([
  ['ada', { name: 'Ada', roles: ['admin'] }],
  ['bob', { name: 'Bob', roles: ['clerk'] }],
]);

const fastify = Fastify();

fastify.post('/login/:user', async (request, reply) => {
  // Check the password here.
  const { user } = request.params;
  if (!users.has(user)) return reply.code(401).send();
  return sign({ sub: user, roles: users.get(user).roles });
});

// Routes of this plugin require a token. Routes outside are public.
await fastify.register(async (api) => {
  await api.register(jwt, {
    key: JWT_SECRET,
    algorithms: ['HS256'],
    audience: 'api',
    // The token of a deleted user is rejected, although it has not expired.
    user: ({ payload }) => users.get(payload.sub),
  });

  api.get('/me', async (request) => ({ name: getAuth(request).user.name }));

  api.delete('/users/:user', { preHandler: requireRoles('admin') }, async (request, reply) => {
    users.delete(request.params.user);
    return reply.code(204).send();
  });
});

await fastify.listen({ port: 3000 });
console.log('http://localhost:3000');
