// The same API in Fastify, whose open routes stand outside (npm run build && node examples/servers/fastify.js).
import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import { createSigner } from 'jotkit';
import jwt from 'jotkit/fastify';
import { getAuth, requireRoles } from 'jotkit/http';

const key = randomBytes(32);
const sign = createSigner(key, { audience: 'orders', expiresIn: '10m' });
const users = new Map([
  ['ada', { name: 'Ada', roles: ['admin'] }],
  ['bob', { name: 'Bob', roles: ['clerk'] }],
]);

const fastify = Fastify();

fastify.post('/login/:user', async (request, reply) => {
  const { user } = request.params;
  if (!users.has(user)) return reply.code(401).send();
  return { token: sign({ sub: user, roles: users.get(user).roles }) };
});

await fastify.register(async (api) => {
  await api.register(jwt, {
    key,
    audience: 'orders',
    user: ({ payload }) => users.get(payload.sub),
  });
  api.get('/me', async (request) => ({ name: getAuth(request).user.name }));
  api.delete('/users/:user', { preHandler: requireRoles('admin') }, async (request, reply) => {
    users.delete(request.params.user);
    return reply.code(204).send();
  });
});

console.log(await fastify.listen({ port: Number(process.env.PORT ?? 3000) }));
