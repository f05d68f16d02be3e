/** Builds an application of a framework with the packed library, starts it, and visits it as a browser does. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { CookieJar } from 'tough-cookie';
import { decode } from '../../src/index.ts';
import { install } from './setup.ts';

export const MINUTE_MS = 60_000;

export type SentHeaders = Record<string, string>;

export interface Framework {
  /** The folder in `apps`. */
  readonly name: string;
  /** Folders that it has in common with another application. */
  readonly shared?: { readonly from: string; readonly folders: readonly string[] };
  readonly build: readonly string[];
  readonly start: readonly string[];
  /** Where the handlers are. */
  readonly auth: string;
}

export const folderOf = (name: string) => join(import.meta.dirname, 'apps', name);
const key = () => randomBytes(32).toString('base64url');

const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NODE_ENV: 'production',
  NO_COLOR: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  NUXT_TELEMETRY_DISABLED: '1',
  JWT_SECRET: key(),
  JWT_REFRESH_SECRET: key(),
};

/** Installs the packages and the packed library, and builds. Rejects with what the build printed. */
export async function build(framework: Framework, tarball: string): Promise<void> {
  const { name, shared } = framework;
  const cwd = folderOf(name);
  for (const folder of shared?.folders ?? []) {
    rmSync(join(cwd, folder), { recursive: true, force: true });
    cpSync(join(folderOf(shared?.from ?? ''), folder), join(cwd, folder), { recursive: true });
  }
  await install(cwd);
  const library = join(cwd, 'node_modules/jotkit');
  rmSync(library, { recursive: true, force: true });
  mkdirSync(library);
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', library]);
  const child = spawn(process.execPath, [...framework.build], { cwd, env });
  const output = outputOf(child);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the build of ${name} failed:\n${output.text}`);
}

/** Starts a built application. Its clock follows `advance`. */
export async function start(framework: Framework): Promise<Application> {
  const cwd = folderOf(framework.name);
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const clock = pathToFileURL(folderOf('clock.js')).href;
  const child = spawn(process.execPath, ['--import', clock, ...framework.start], {
    cwd,
    env: { ...env, PORT: `${port}`, HOST: '127.0.0.1', HOSTNAME: '127.0.0.1', ORIGIN: origin },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const application = new Application(child, origin, framework.auth);
  await application.ready();
  return application;
}

export class Application {
  readonly origin: string;
  readonly auth: string;
  readonly #child: ChildProcess;
  readonly #output: { readonly text: string };
  #moves = 0;

  constructor(child: ChildProcess, origin: string, auth: string) {
    this.origin = origin;
    this.auth = auth;
    this.#child = child;
    this.#output = outputOf(child);
  }

  async ready(): Promise<void> {
    for (;;) {
      if (this.#child.exitCode !== null) throw new Error(`it has ended:\n${this.#output.text}`);
      if (await fetch(this.origin).catch(() => undefined)) return;
      await wait(50);
    }
  }

  /** How many sessions were refreshed until now; refreshes whose successor is sent again count, too. */
  async refreshes(): Promise<number> {
    // What the server printed before a response can arrive after it.
    await this.advance(0);
    return this.#output.text.split("type: 'refresh'").length - 1;
  }

  /** Moves the clock of the server. */
  async advance(milliseconds: number): Promise<void> {
    const moved = `clock: ${++this.#moves}\n`;
    this.#child.send(milliseconds);
    while (!this.#output.text.includes(moved)) await wait(5);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

/** A browser without scripts: it keeps cookies, and shows each redirect. */
export class Visitor {
  readonly #application: Application;
  readonly #jar = new CookieJar();

  constructor(application: Application) {
    this.#application = application;
  }

  async visit(path: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = this.#application;
    const url = new URL(path, origin).href;
    const headers = new Headers(init.headers);
    // Without it, SvelteKit responds to a form with JSON.
    headers.set('accept', 'text/html');
    headers.set('cookie', await this.#jar.getCookieString(url));
    if (init.method === 'POST' && !headers.has('origin')) headers.set('origin', origin);
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) await this.#jar.setCookie(line, url);
    return response;
  }

  /** Returns the text of a page that a visitor sees, without comments of the framework. */
  async read(path: string, headers: SentHeaders = {}): Promise<string> {
    const html = await (await this.visit(path, { headers })).text();
    return html.replaceAll(/<!--.*?-->/g, '');
  }

  async cookies(): Promise<string[]> {
    return (await this.#jar.getCookies(this.#application.origin)).map(({ key }) => key).sort();
  }

  /** Returns the id of the session that the access cookie names. */
  async session(): Promise<string | undefined> {
    const cookies = await this.#jar.getCookies(this.#application.origin);
    const access = cookies.find(({ key }) => key === 'at')?.value ?? '';
    return (decode(access) as { sid: string } | null)?.sid;
  }

  async logIn(): Promise<Response> {
    const body = new URLSearchParams({ password: 'correct horse' });
    return this.visit(`${this.#application.auth}/login`, { method: 'POST', body });
  }

  async logOut(): Promise<Response> {
    return this.visit(`${this.#application.auth}/logout`, { method: 'POST' });
  }
}

function outputOf(child: ChildProcess): { readonly text: string } {
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output.text += text;
    });
  }
  return output;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
