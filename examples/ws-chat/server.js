// A chat over WebSockets. A socket ends with its token, unless the client sends a fresh one.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSigner } from 'jotkit';
import { getAuth } from 'jotkit/http';
import { extendAuth, handleUpgrade } from 'jotkit/ws';
import { WebSocketServer } from 'ws';

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

const wss = new WebSocketServer({ noServer: true, maxPayload: 16_384 });
// Responds with 401 to an upgrade without a valid token.
server.on(
  'upgrade',
  handleUpgrade(wss, { key: JWT_SECRET, algorithms: ['HS256'], audience: 'chat' }),
);

wss.on('connection', (socket) => {
  const user = getAuth(socket).payload.sub;
  const send = (text) => socket.send(JSON.stringify({ text }));
  broadcast(`${user} joined`);
  socket.on('error', console.error);
  socket.on('message', (data) => {
    const { type, text, token } = parse(data);
    if (type === 'say') broadcast(`${user}: ${text}`);
    if (type === 'refresh') {
      // Accepts only a token of the same user.
      extendAuth(socket, token).then(
        () => send('extended'),
        (error) => send(`not extended: ${error.reason}`),
      );
    }
  });
});

function broadcast(text) {
  for (const client of wss.clients) client.send(JSON.stringify({ text }));
}

function parse(data) {
  try {
    return Object(JSON.parse(String(data)));
  } catch {
    return {};
  }
}

server.listen(PORT, () => console.log(`http://localhost:${PORT}`));
