// A chat over Socket.IO. A socket ends with its token, unless the client sends a fresh one.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSigner } from 'jotkit';
import { extendAuth, jwt } from 'jotkit/socket.io';
import { Server } from 'socket.io';

const { JWT_SECRET = '', PORT = '3000', TOKEN_LIFETIME = '5m' } = process.env;
const sign = createSigner(JWT_SECRET, { audience: 'chat', expiresIn: TOKEN_LIFETIME });
const page = await readFile(new URL('index.html', import.meta.url));

const server = createServer((request, response) => {
  const [, path, user] = request.url.split('/');
  if (request.method === 'GET' && path === '') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    return response.end(page);
  }
  if (request.method !== 'POST' || path !== 'login' || !user) return response.writeHead(404).end();
  // Check the password here.
  response.end(sign({ sub: decodeURIComponent(user) }));
});

const io = new Server(server);

// Clients without a valid token receive connect_error.
io.use(
  jwt({
    key: JWT_SECRET,
    algorithms: ['HS256'],
    audience: 'chat',
    onExpired: (socket) => socket.emit('message', 'your token has expired'),
  }),
);

io.on('connection', (socket) => {
  const { sub } = socket.data.user;
  io.emit('message', `${sub} joined`);
  socket.on('say', (text) => io.emit('message', `${sub}: ${text}`));
  socket.on('refresh', (token, done) => {
    if (typeof done !== 'function') return;
    // Accepts only a token of the same user.
    extendAuth(socket, token).then(
      () => done('extended'),
      (error) => done(`not extended: ${error.reason}`),
    );
  });
});

server.listen(PORT, () => console.log(`http://localhost:${PORT}`));
