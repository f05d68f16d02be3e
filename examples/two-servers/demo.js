// Starts both servers and plays an app, a browser and an attacker: npm run demo
// Every step has an expected result. One difference, and the exit code is 1.
import { fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CookieJar } from 'tough-cookie';
import { chapter, check, claimsOf, finish, note, short, title } from './output.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const JWT_REFRESH_SECRET = randomBytes(32).toString('base64url');

const GRACE_SECONDS = 4;
const alarms = [];
const cookiesAtMain = [];

const auth = await start('auth-server.js', {
  JWT_PRIVATE_KEY: privateKey,
  JWT_PUBLIC_KEY: publicKey,
  JWT_REFRESH_SECRET,
  // Short, so that the demo ends soon. Usual: 10 minutes and 30 seconds.
  ACCESS_LIFETIME: '3s',
  GRACE: `${GRACE_SECONDS}s`,
});
const main = await start('main-server.js', { JWT_PUBLIC_KEY: publicKey });

title('Two servers, two tokens');
note(`The auth server (${auth.url}) checks passwords and stores sessions.
  It has the private key.`);
note(`The main server (${main.url}) has the orders of the users. It verifies
  access tokens with the public key, and calls no other server.`);

try {
  await story();
} finally {
  auth.child.kill();
  main.child.kill();
}
finish();

async function story() {
  const ada = { user: 'ada', password: 'correct horse', device: 'phone' };
  const logIn = (body) => send(auth, 'POST', '/auth/login', { body });
  const refresh = (token) =>
    send(auth, 'POST', '/auth/refresh', { body: { refresh_token: token } });
  const orders = (token) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    return send(main, 'GET', '/orders', { headers });
  };

  chapter(
    'An app logs in',
    'A login returns two tokens. Only the access token is for the main server.',
  );
  await expects('a request without a token', 401, orders());
  await expects('a login with a wrong password', 401, logIn({ ...ada, password: 'battery' }));
  const first = await expects('a login with the password', 200, logIn(ada));
  showTokens(first);
  await expects('the main server accepts the access token', 200, orders(first.access_token));
  await expects('it rejects the refresh token', 401, orders(first.refresh_token));

  chapter(
    'The access token expires',
    'The app gets new tokens with its refresh token, without a login.',
  );
  await sleep(claimsOf(first.access_token).exp * 1000 - Date.now() + 100);
  await expects('the access token, now expired', 401, orders(first.access_token));
  const second = await expects('a refresh', 200, refresh(first.refresh_token));
  showTokens(second);
  check('both tokens are new', isNew(first, second));
  await expects('the main server accepts the new one', 200, orders(second.access_token));

  chapter(
    'A response is lost',
    'The app did not receive the new tokens, and sends the old refresh token again. Within the grace period it gets the same successor.',
  );
  const again = await expects('the same refresh again', 200, refresh(first.refresh_token));
  check('the refresh token is the same as before', again.refresh_token === second.refresh_token);

  chapter(
    'A browser uses cookies',
    'No script can read the tokens. The browser sends each cookie only where it belongs.',
  );
  const browser = createBrowser();
  const login = await expects(
    'a login on a page',
    200,
    browser.send(auth, 'POST', '/auth/login', { body: { ...ada, device: 'laptop' } }),
  );
  check('the body has no token', !JSON.stringify(login).includes('eyJ'));
  await expects(
    'the main server reads the access cookie',
    200,
    browser.send(main, 'GET', '/orders'),
  );
  await until(() => cookiesAtMain.some((cookie) => cookie !== ''));
  const names = new Set(cookiesAtMain.flatMap((cookie) => cookie.match(/[\w-]+(?==)/g) ?? []));
  check('it never received the refresh cookie', [...names].join() === 'at', `only ${[...names]}`);
  const devices = await expects(
    'the devices of Ada',
    200,
    browser.send(auth, 'GET', '/auth/devices'),
  );
  const list = devices.map(({ device }) => device).sort();
  check('both devices are in the list', list.join() === 'laptop,phone', list.join(' and '));
  await expects(
    'a refresh from a page of another site',
    403,
    browser.send(auth, 'POST', '/auth/refresh', { headers: { origin: 'https://evil.example' } }),
  );

  chapter(
    'Three tabs refresh at the same time',
    'Two tabs have refreshed while the request of the third was slow. It gets no token, but the session stays live.',
  );
  const slow = createBrowser(await browser.jar.clone());
  const refreshTab = (tab) => tab.send(auth, 'POST', '/auth/refresh');
  await expects('the first tab refreshes', 200, refreshTab(browser));
  await expects('the second tab refreshes', 200, refreshTab(browser));
  await expects('the third tab, with the first cookie', 409, refreshTab(slow));
  await expects('it tries again, with the newest cookie', 200, refreshTab(browser));

  chapter('The browser logs out', 'The session ends, and the browser deletes both cookies.');
  const copy = await browser.jar.clone();
  await expects('a logout', 204, browser.send(auth, 'POST', '/auth/logout'));
  const left = await browser.jar.getCookies(`${auth.url}/auth`);
  check('the browser has no cookie', left.length === 0);
  await expects('the main server', 401, browser.send(main, 'GET', '/orders'));
  await expects(
    'a copy of the refresh cookie',
    401,
    createBrowser(copy).send(auth, 'POST', '/auth/refresh'),
  );

  chapter(
    'A refresh token is stolen',
    'An attacker has the first refresh token of the app. The app has replaced it twice, so the auth server knows that there are two holders.',
  );
  const third = await expects('the app refreshes', 200, refresh(second.refresh_token));
  // Earlier, the stolen token could be that of a slow tab.
  await sleep(GRACE_SECONDS * 1000);
  await expects('the attacker uses the stolen token', 400, refresh(first.refresh_token));
  await until(() => alarms.length > 0);
  check('the auth server raises one alarm', alarms.join() === 'ada');
  await expects('the session has ended for the app, too', 400, refresh(third.refresh_token));
  await expects('Ada logs in again', 200, logIn(ada));
}

function isNew(before, after) {
  return before.access_token !== after.access_token && before.refresh_token !== after.refresh_token;
}

function showTokens({ access_token = '', refresh_token = '' }) {
  for (const [name, token] of Object.entries({ access: access_token, refresh: refresh_token })) {
    const { sub, iat, exp } = claimsOf(token);
    const lifetime = exp - iat < 60 ? `${exp - iat} seconds` : `${(exp - iat) / 86_400} days`;
    note(`  ${name.padEnd(8)}${short(token)}  of ${sub}, expires in ${lifetime}`);
  }
}

/** Prints whether a response has the expected status. Resolves to its body. */
async function expects(what, status, response) {
  const { body, wire, ...received } = await response;
  const reason = body.reason ? ` ${body.reason}` : '';
  check(what, received.status === status, `${received.status}${reason}`);
  note(`  ${wire}`);
  return body;
}

/** Stores cookies and sends each of them only to its host and path. */
function createBrowser(jar = new CookieJar()) {
  return {
    jar,
    async send(server, method, path, { body, headers } = {}) {
      const url = server.url + path;
      const cookie = await jar.getCookieString(url);
      const own = { origin: auth.url, ...(cookie && { cookie }), ...headers };
      const response = await send(server, method, path, { body, headers: own });
      for (const line of response.setCookie) await jar.setCookie(line, url);
      return response;
    },
  };
}

async function send(server, method, path, { body, headers = {} } = {}) {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const { origin, ...others } = headers;
  const sent = Object.entries({ ...others, ...body }).map(([name, value]) => `${name}: ${value}`);
  return {
    status: response.status,
    body: text ? JSON.parse(text) : {},
    setCookie: response.headers.getSetCookie(),
    wire: `${method} ${server === main ? 'main' : 'auth'} ${path}  ${sent.join(', ')}`.trimEnd(),
  };
}

/** Messages of the servers arrive on another way than their responses. */
async function until(isTrue) {
  for (const end = Date.now() + 5000; !isTrue() && Date.now() < end; ) await sleep(10);
}

async function start(file, env) {
  // A server does not receive the signal that ends the demo.
  const endWithDemo = 'data:text/javascript,process.on("disconnect", () => process.exit())';
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...env, PORT: '0' },
    execArgv: ['--no-warnings', '--import', endWithDemo],
  });
  const [{ url }] = await once(child, 'message');
  child.on('message', ({ alarm, cookie }) => {
    if (alarm !== undefined) alarms.push(alarm);
    if (cookie !== undefined) cookiesAtMain.push(cookie);
  });
  return { child, url };
}
