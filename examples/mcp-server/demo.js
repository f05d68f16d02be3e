// Starts the provider and the server, and calls a tool. In production these are three programs.
import { createResource } from 'jotkit/resource';

await import('./provider.js');
await import('./server.js');
const { connect, stored } = await import('./client.js');

const client = await connect();
const { content } = await client.callTool({ name: 'hello' });
console.log(`\nThe tool returns: ${content[0].text}`);

const other = createResource({
  resource: 'https://other.example',
  issuers: 'http://localhost:4000',
});
const error = await other.verify(stored.tokens.access_token).catch((error) => error);
console.log(`\nAnother API rejects the token: ${error.status} ${error.reason} ${error.claim}`);

process.exit();
