// A client for the terminal: node client.js [URL] [--stay]
import { once } from 'node:events';
import { WebSocket } from 'ws';

const [origin = 'http://localhost:3000', stay] = process.argv.slice(2);

const logIn = async (user) => {
  return (await fetch(`${origin}/login/${user}`, { method: 'POST' })).text();
};

const socket = new WebSocket(origin.replace('http', 'ws'), ['bearer', await logIn('ada')]);

/** Sends a message and prints the response. */
async function exchange(message) {
  if (message) socket.send(JSON.stringify(message));
  const [data] = await once(socket, 'message');
  console.log(JSON.parse(data).text);
}

await exchange();
await exchange({ type: 'say', text: 'hello' });
await exchange({ type: 'refresh', token: await logIn('ada') });
await exchange({ type: 'refresh', token: await logIn('bob') });

if (!stay) socket.close();
const [code, reason] = await once(socket, 'close');
console.log('closed', code, String(reason));
