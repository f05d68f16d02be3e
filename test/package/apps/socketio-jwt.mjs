import { createServer } from 'node:http';
import { authorize } from '@thream/socketio-jwt';
import jwt from 'jsonwebtoken';
import { Server } from 'socket.io';

const secret = process.env.SECRET;

const server = createServer((request, response) => {
  if (request.url === '/login') {
    response.end(JSON.stringify({ token: jwt.sign({ sub: 'ada' }, secret, { expiresIn: '15m' }) }));
  }
});

const io = new Server(server);
io.use(authorize({ secret }));
io.on('connection', (socket) => socket.emit('welcome', { sub: socket.decodedToken.sub }));

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
