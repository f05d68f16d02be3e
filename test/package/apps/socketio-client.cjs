const { io } = require('socket.io-client');

const [url, token] = process.argv.slice(2);
const socket = io(url, { auth: { token }, reconnection: false, transports: ['websocket'] });

function tell(answer) {
  console.log(JSON.stringify(answer));
  socket.close();
}

socket.on('welcome', tell);
socket.on('connect_error', (error) => tell({ rejected: error.data?.code ?? error.message }));
