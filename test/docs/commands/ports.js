/** Preloaded into each program of a page: maps the ports that pages name to free ones. */

import { appendFileSync } from 'node:fs';
import { Server } from 'node:net';

const ports = JSON.parse(process.env.DOCS_PORTS ?? '{}');
const { listen } = Server.prototype;

Server.prototype.listen = function (first, ...rest) {
  const isOptions = typeof first === 'object' && first !== null;
  const port = isOptions ? first.port : first;
  const free = ports[port];
  if (!free) return listen.call(this, first, ...rest);
  this.once('listening', () => appendFileSync(process.env.DOCS_LISTENING, `${port}\n`));
  return listen.call(this, isOptions ? { ...first, port: free } : free, ...rest);
};
