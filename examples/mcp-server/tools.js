// The tools of the server. `authInfo` has the verified token of the caller.
import { McpServer } from '@modelcontextprotocol/server';

export function createTools({ authInfo }) {
  const server = new McpServer({ name: 'example', version: '1.0.0' });
  server.registerTool('hello', { description: 'Greets the user' }, () => ({
    content: [{ type: 'text', text: `hello ${authInfo.extra.sub}, by ${authInfo.scopes}` }],
  }));
  return server;
}
