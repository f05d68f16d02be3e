// Two servers, two tokens, told by real processes on loopback: npm run demo
// Every step is held against what it should do; one surprise, and the exit code is 1.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, green, red] = [1, 2, 32, 31].map(paint);

let kept = 0;
let broken = 0;

const ACCESS_KEY = randomBytes(32).toString('base64url');
const REFRESH_KEY = randomBytes(32).toString('base64url');
// Short times, so that nobody has to wait: in earnest 10 minutes and 30 seconds.
const times = { ACCESS_TIME: '3s', GRACE: '1s' };

const alarms = [];
const auth = await start('auth-server.js', { ACCESS_KEY, REFRESH_KEY, ...times });
const main = await start('main-server.js', { ACCESS_KEY });
console.log(`\n${bold('Two servers, two tokens')}\n`);
console.log(`  auth server ${dim(auth.url)}  passwords, sessions, both keys`);
console.log(`  main server ${dim(main.url)}  the access key, and nothing else`);

try {
  await story();
} finally {
  auth.child.kill();
  main.child.kill();
}
const verdict = broken
  ? red(`${broken} of ${kept + broken} surprised`)
  : green(`${kept} as expected`);
console.log(`\n  ${verdict}\n`);
process.exitCode = broken ? 1 : 0;

async function story() {
  const orders = (headers) => ask(main, 'GET', '/orders', { headers });
  const withToken = (token) => orders({ authorization: `Bearer ${token}` });
  const refresh = (token) => ask(auth, 'POST', '/auth/refresh', { body: { refresh_token: token } });
  const ada = { user: 'ada', password: 'correct horse', device: 'phone' };

  chapter('An app logs in');
  await expecting('no token', 401, orders({}));
  await expecting('a wrong password', 401, login({ ...ada, password: 'battery' }));
  const first = await expecting('the right one', 200, login(ada));
  showTokens(first.body);
  await expecting(
    'the access token opens the main server',
    200,
    withToken(first.body.access_token),
  );
  await expecting('the refresh token does not', 401, withToken(first.body.refresh_token));

  chapter('The access token expires');
  await sleep(3100);
  await expecting('the same access token', 401, withToken(first.body.access_token));
  const second = await expecting('refreshed', 200, refresh(first.body.refresh_token));
  showTokens(second.body);
  await expecting('the new access token', 200, withToken(second.body.access_token));
  const again = await expecting(
    'refreshed at once again: the answer was lost',
    200,
    refresh(first.body.refresh_token),
  );
  check('… gives the same refresh token', again.body.refresh_token === second.body.refresh_token);

  chapter('A browser, with cookies');
  const browser = { origin: auth.url };
  const desk = await expecting('log in', 200, login({ ...ada, device: 'desk' }, browser));
  const jar = cookiesOf(desk);
  check('… no script sees a token', !JSON.stringify(desk.body).includes('eyJ'));
  await expecting('the main server reads the cookie', 200, orders({ cookie: jar }));
  const { body } = await expecting(
    'the devices of ada',
    200,
    ask(auth, 'GET', '/auth/devices', { headers: { cookie: jar } }),
  );
  check(`… are ${body.map(({ device }) => device).join(' and ')}`, body.length === 2);
  const evil = { ...browser, origin: 'https://evil.example', cookie: jar };
  await expecting(
    'a page of another site logs her out',
    403,
    ask(auth, 'POST', '/auth/logout', { headers: evil }),
  );
  const out = await expecting(
    'she logs out',
    204,
    ask(auth, 'POST', '/auth/logout', { headers: { ...browser, cookie: jar } }),
  );
  check(
    '… both cookies are taken away',
    out.cookies.every((line) => line.includes('Max-Age=0')),
  );
  await expecting(
    'the refresh cookie, kept by a thief',
    401,
    ask(auth, 'POST', '/auth/refresh', { headers: { ...browser, cookie: jar } }),
  );

  chapter('A refresh token is stolen');
  await sleep(1100);
  await expecting('the thief comes with an old one', 401, refresh(first.body.refresh_token));
  // It comes on another way than the answer.
  await sleep(100);
  check('… which raises an alarm, once', alarms.length === 1 && alarms[0].type === 'reuse');
  await expecting('and the session is over for both', 401, refresh(second.body.refresh_token));
  await expecting('ada logs in again', 200, login(ada));
}

function login(body, headers = {}) {
  return ask(auth, 'POST', '/auth/login', { body, headers });
}

async function ask(server, method, path, { body, headers = {} } = {}) {
  const response = await fetch(server.url + path, {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const sent = Object.entries({ ...headers, ...body }).map(([name, value]) => `${name}: ${value}`);
  return {
    status: response.status,
    body: text ? JSON.parse(text) : undefined,
    cookies: response.headers.getSetCookie(),
    wire: `${method} ${path}  ${sent.join(', ')}`,
  };
}

/** Prints a step with what went over the wire. */
async function expecting(what, status, asked) {
  const answer = await asked;
  const reason = answer.body?.reason ? ` ${answer.body.reason}` : '';
  check(what, answer.status === status, `${answer.status}${reason}`);
  console.log(`      ${dim(shorten(answer.wire, 100))}`);
  return answer;
}

function check(what, good, more = '') {
  if (good) kept++;
  else broken++;
  console.log(`  ${good ? green('✓') : red('✗')} ${what.padEnd(46)} ${more}`);
}

function chapter(title) {
  console.log(`\n${bold(title)}\n`);
}

function showTokens({ access_token = '..', refresh_token = '..' }) {
  for (const [name, token] of Object.entries({ access_token, refresh_token })) {
    const claims = Buffer.from(token.split('.')[1], 'base64url').toString();
    console.log(`      ${dim(`${name.padEnd(13)} ${shorten(claims, 86)}`)}`);
  }
}

/** Tokens and passwords are shortened: a terminal is a place that is read over shoulders. */
function shorten(text, length) {
  const plain = text
    .replace(/eyJ[\w.-]+/g, (token) => `${token.slice(0, 12)}…`)
    .replace(/(password: )[^,]+/, '$1…');
  return plain.length > length ? `${plain.slice(0, length - 1)}…` : plain;
}

function cookiesOf({ cookies }) {
  return cookies.map((line) => line.split(';')[0]).join('; ');
}

async function start(file, env) {
  const child = fork(new URL(file, import.meta.url), {
    env: { ...process.env, ...env },
    execArgv: ['--no-warnings'],
  });
  const [{ port }] = await once(child, 'message');
  child.on('message', ({ alarm }) => alarm && alarms.push(alarm));
  return { child, url: `http://127.0.0.1:${port}` };
}
