import { createClient } from '/client.js';

const $ = (id) => document.getElementById(id);
let token;

// Refreshes before a request whose token is about to expire, once for all tabs.
const client = createClient({
  early: 5,
  onSignedIn: () => show('Logged in.'),
  onSignedOut: (reason) => show(reason === 'logout' ? 'Logged out.' : ''),
});

const json = (body) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Shows the session, or the login form without one. */
async function show(message = '') {
  const response = await client.fetch('/api/token');
  for (const id of ['session', 'logout']) $(id).hidden = !response.ok;
  $('login').hidden = response.ok;
  $('message').textContent = message;
  token = response.ok ? await response.json() : undefined;
  if (!token) return;
  $('header').textContent = JSON.stringify(token.header, null, 2);
  $('payload').textContent = JSON.stringify(token.payload, null, 2);
  const notes = await (await client.fetch('/api/notes')).json();
  $('notes').replaceChildren(...notes.map(({ text, by }) => item(`${text} (${by})`)));
  tick();
}

function item(text) {
  const element = document.createElement('li');
  element.textContent = text;
  return element;
}

function tick() {
  if (!token) return;
  const { iat, exp } = token.payload;
  const left = Math.max(0, Math.ceil(exp - Date.now() / 1000));
  $('bar').max = exp - iat;
  $('bar').value = left;
  $('left').textContent =
    left > 0 ? `${left} seconds left` : 'Expired. The next request refreshes it.';
}
setInterval(tick, 500);

$('login').addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await client.login(
    '/auth/login',
    json(Object.fromEntries(new FormData(event.target))),
  );
  if (!response.ok) await show('Wrong user or password.');
});
$('refresh').addEventListener('click', async () => {
  if (await client.refresh()) await show('Refreshed: both tokens are new.');
});
$('logout').addEventListener('click', () => client.logout());
$('note').addEventListener('submit', async (event) => {
  event.preventDefault();
  await client.fetch('/api/notes', json(Object.fromEntries(new FormData(event.target))));
  event.target.reset();
  await show();
});

await show();
