/** Servers of the Model Context Protocol behind each HTTP adapter. */

import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';

/** A tool that says whose token was sent. */
export const mcp = createMcpHandler(({ authInfo }) => {
  const server = new McpServer({ name: 'tools', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Returns the user' }, () => ({
    content: [{ type: 'text', text: JSON.stringify(authInfo) }],
  }));
  return server;
});
