// A chat whose sockets end with their tokens (npm run build && node examples/servers/chat.js).
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createSigner } from 'jotkit';
import { extendAuth, jwt } from 'jotkit/socket.io';
import { Server } from 'socket.io';

const key = randomBytes(32);
const sign = createSigner(key, { audience: 'chat', expiresIn: process.env.LIFETIME ?? '1m' });

const server = createServer((request, response) => {
  // POST /login/ada: a token for the first time, and a fresh one before it ends.
  const [, path, user] = (request.url ?? '').split('/');
  if (request.method !== 'POST' || path !== 'login' || !user) return response.writeHead(404).end();
  response.end(sign({ sub: user }));
});

const io = new Server(server);
io.use(
  jwt({
    key,
    audience: 'chat',
    onExpired: (socket) => socket.emit('bye', 'your token has ended'),
  }),
);
io.on('connection', (socket) => {
  const { sub } = socket.data.user;
  io.emit('news', `${sub} is here`);
  socket.on('say', (text) => io.emit('news', `${sub}: ${text}`));
  socket.on('refresh', (token, done) => {
    extendAuth(socket, token).then(
      () => done('extended'),
      (error) => done(error.reason),
    );
  });
});

server.listen(process.env.PORT ?? 3000, 'localhost', () => {
  console.log(`http://localhost:${server.address().port}`);
});
