// An MCP client that knows only the URL of the server. Prints each request of the MCP SDK.
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';

const server = new URL('http://localhost:3000/mcp');
const callback = 'http://localhost:3001/callback';
export const stored = {};

const save = (name) => (value) => {
  stored[name] = value;
};
const authProvider = {
  redirectUrl: callback,
  clientMetadata: {
    client_name: 'example',
    application_type: 'native',
    redirect_uris: [callback],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  },
  clientInformation: () => stored.client,
  saveClientInformation: save('client'),
  tokens: () => stored.tokens,
  saveTokens: save('tokens'),
  codeVerifier: () => stored.verifier,
  saveCodeVerifier: save('verifier'),
  discoveryState: () => stored.discovery,
  saveDiscoveryState: save('discovery'),
  redirectToAuthorization: save('url'),
};

async function printed(url, init) {
  const response = await fetch(url, init);
  const { method = 'GET', body } = init ?? {};
  const call = url === server && body ? JSON.parse(body).method : '';
  console.log(`  ${response.status} ${method} ${url} ${call}`.trimEnd());
  const challenge = response.headers.get('www-authenticate');
  if (challenge) console.log(`    ${challenge.replaceAll(', ', ',\n    ')}`);
  return response;
}

const transport = () => new StreamableHTTPClientTransport(server, { authProvider, fetch: printed });
const client = () => new Client({ name: 'example', version: '1.0.0' });

/** Connects; the first time, logs in. Returns a client that is connected. */
export async function connect() {
  const first = transport();
  console.log('The client calls the server without a token, finds the provider, and registers:\n');
  try {
    await client().connect(first);
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error;
    console.log('\nThe user logs in at the provider. The client exchanges the code for a token:\n');
    await first.finishAuth((await followRedirects(stored.url)).searchParams);
  }
  console.log('\nThe client calls the tool with the token:\n');
  const connected = client();
  await connected.connect(transport());
  return connected;
}

/** What a browser does: sends cookies, and follows redirects until one leads to the client. */
async function followRedirects(url) {
  const cookies = new Map();
  while (!url.href.startsWith(callback)) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    url = new URL(response.headers.get('location'), url);
  }
  return url;
}
