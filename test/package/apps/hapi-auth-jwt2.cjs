const Hapi = require('@hapi/hapi');
const jwt = require('jsonwebtoken');

const secret = process.env.SECRET;

async function main() {
  const server = Hapi.server({ host: '127.0.0.1', port: 0 });
  await server.register(require('hapi-auth-jwt2'));
  server.auth.strategy('jwt', 'jwt', {
    key: secret,
    verifyOptions: { algorithms: ['HS256'], audience: 'api' },
    validate: async () => ({ isValid: true }),
    // The plugin has words of its own; here those of the verifier are wanted.
    errorFunc: ({ errorType, message, error, scheme }) => ({
      errorType,
      message: error?.message ?? message,
      scheme,
    }),
  });
  server.route({
    method: 'POST',
    path: '/login',
    handler: () => ({
      token: jwt.sign({ sub: 'ada' }, secret, { audience: 'api', expiresIn: '1h' }),
    }),
  });
  server.route({
    method: 'GET',
    path: '/me',
    options: { auth: 'jwt' },
    handler: (request) => ({ sub: request.auth.credentials.sub }),
  });
  await server.start();
  console.log(server.info.port);
}

main();
