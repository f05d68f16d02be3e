/** A site with login cookies and a WebSocket, and a site that attacks it, over TLS on loopback. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { type Browser, chromium } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { jwt } from '../../src/adapters/express.ts';
import { handleUpgrade } from '../../src/adapters/ws.ts';
import { getAuth, tokenCookies } from '../../src/http/index.ts';
import { createSigner, createVerifier } from '../../src/index.ts';

const secret = 'the secret of the browser tests, of 32 bytes or more';

/** `/login/strict` sets strict cookies, `/login/loose` cookies that any site sends. */
export const strict = tokenCookies();
export const loose = tokenCookies({ access: { sameSite: 'None' } });

export interface Site {
  own: string;
  evil: string;
  browser: Browser;
  close(): Promise<void>;
}

function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'jotkit-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const args = ['req', '-x509', ...made, '-keyout', key, '-out', cert, '-subj', '/CN=localhost'];
  execFileSync('openssl', args, { stdio: 'ignore' });
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
  return pair;
}

function application(own: () => string) {
  const mint = (typ: string, expiresIn: '10m' | '7d') =>
    createSigner(secret, { subject: 'ada', expiresIn, header: { typ } })({});
  const app = express();
  app.get('/', (_request, response) => void response.type('html').send('<h1>hello</h1>'));
  app.get('/attack', (_request, response) => {
    const form = `<form method="post" action="${own()}/transfer"><button>win</button></form>`;
    response.type('html').send(form);
  });
  app.post('/login/:kind', (request, response) => {
    const cookies = request.params.kind === 'strict' ? strict : loose;
    cookies.set(response, { access: mint('at+jwt', '10m'), refresh: mint('rt+jwt', '7d') });
    response.end();
  });
  app.post('/logout', (_request, response) => {
    strict.clear(response);
    response.end();
  });
  const verifyRefresh = createVerifier(secret, { typ: 'rt+jwt' });
  app.post('/auth/refresh', (request, response) => {
    response.json({ sub: verifyRefresh(strict.read(request).refresh ?? '').sub });
  });
  app.use(jwt({ key: secret, from: strict.access }));
  app.all(['/me', '/transfer'], (request, response) => {
    response.json({ sub: getAuth(request).payload.sub });
  });
  return app;
}

/** Starts `app.example` and `evil.example`, which the browser resolves to loopback. */
export async function openSite(): Promise<Site> {
  let own = '';
  const server = createServer(
    certificate(),
    application(() => own),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  own = `https://app.example:${port}`;

  const wss = new WebSocketServer({ noServer: true });
  wss.on('connection', (socket) => socket.send(`hello ${getAuth(socket).payload.sub}`));
  server.on('upgrade', handleUpgrade(wss, { key: secret, from: strict.access, origins: [own] }));

  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--ignore-certificate-errors',
      '--host-resolver-rules=MAP *.example 127.0.0.1',
    ],
  });
  return {
    own,
    evil: `https://evil.example:${port}`,
    browser,
    async close() {
      await browser.close();
      server.closeAllConnections();
      server.close();
    },
  };
}
