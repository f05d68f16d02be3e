/** Serves the built site on loopback while the project `site` runs. */

import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** `http://127.0.0.1:` and the port of the site. */
    site: string;
  }
}

const root = join(import.meta.dirname, '../../docs');

export default async function serve({ provide }: TestProject): Promise<() => void> {
  if (!existsSync(join(root, '.vitepress/dist/index.html'))) {
    throw new Error('the site is not built: run "npm run docs"');
  }
  const server = await preview({
    root,
    configFile: false,
    appType: 'mpa',
    logLevel: 'silent',
    build: { outDir: '.vitepress/dist' },
    preview: { host: '127.0.0.1', port: 0 },
  });
  const { port } = server.httpServer.address() as AddressInfo;
  provide('site', `http://127.0.0.1:${port}`);
  return () => void server.httpServer.close();
}
