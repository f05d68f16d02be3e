// An MCP server that accepts access tokens of an OpenID provider. It knows only the URL of the provider.
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import express from 'express';
import { jwt, protectedResource } from 'jotkit/express';
import { getAuth } from 'jotkit/http';
import { createResource, toAuthInfo } from 'jotkit/resource';
import { createTools } from './tools.js';

const mcp = toNodeHandler(createMcpHandler(createTools));
const app = express();

const api = createResource({
  resource: 'http://localhost:3000/mcp',
  issuers: 'http://localhost:4000',
  scopes: ['tools:read', 'tools:write'],
});
app.use(protectedResource(api));
app.all('/mcp', jwt({ resource: api, scopes: 'tools:read' }), (request, response) => {
  request.auth = toAuthInfo(getAuth(request));
  return mcp(request, response);
});

await new Promise((resolve) => app.listen(3000, resolve));
