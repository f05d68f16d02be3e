// A client for the terminal: node client.js [URL] [--stay]
import { io } from 'socket.io-client';

const [origin = 'http://localhost:3000', stay] = process.argv.slice(2);

const logIn = async (user) => {
  return (await fetch(`${origin}/login/${user}`, { method: 'POST' })).text();
};
const connect = (auth) => io(origin, { auth, reconnection: false, forceNew: true });
const next = (socket, event) => new Promise((resolve) => socket.once(event, resolve));

const rejected = connect({});
const error = await next(rejected, 'connect_error');
console.log('without a token:', error.data.reason);

const socket = connect({ token: await logIn('ada') });
console.log(await next(socket, 'message'));
socket.emit('say', 'hello');
console.log(await next(socket, 'message'));
console.log(await socket.emitWithAck('refresh', await logIn('ada')));
console.log(await socket.emitWithAck('refresh', await logIn('bob')));

if (!stay) socket.close();
else {
  const closed = next(socket, 'disconnect');
  console.log(await next(socket, 'message'));
  console.log('closed:', await closed);
}
