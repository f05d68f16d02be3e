const $ = (id) => document.getElementById(id);
let token;

function send(path, body) {
  if (!body) return fetch(path);
  const headers = { 'content-type': 'application/json' };
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Refreshes. If two other tabs have done so meanwhile, waits for their cookies and tries again. */
async function refresh() {
  const response = await send('/auth/refresh', {});
  if (response.status !== 409) return response;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return send('/auth/refresh', {});
}

/** Sends a request. If the access token has expired, refreshes it and sends the request again. */
async function api(path, body) {
  const response = await send(path, body);
  if (response.status !== 401) return response;
  return (await refresh()).ok ? send(path, body) : response;
}

/** Shows the session, or the login form without one. */
async function show(message = '') {
  const response = await api('/api/token');
  for (const id of ['session', 'logout']) $(id).hidden = !response.ok;
  $('login').hidden = response.ok;
  $('message').textContent = message;
  token = response.ok ? await response.json() : undefined;
  if (!token) return;
  $('header').textContent = JSON.stringify(token.header, null, 2);
  $('payload').textContent = JSON.stringify(token.payload, null, 2);
  const notes = await (await api('/api/notes')).json();
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
  const response = await send('/auth/login', Object.fromEntries(new FormData(event.target)));
  await show(response.ok ? 'Logged in.' : 'Wrong user or password.');
});
$('refresh').addEventListener('click', async () => {
  const response = await refresh();
  await show(
    response.ok ? 'Refreshed: both tokens are new.' : 'The session has ended. Log in again.',
  );
});
$('logout').addEventListener('click', async () => {
  await send('/auth/logout', {});
  await show('Logged out.');
});
$('note').addEventListener('submit', async (event) => {
  event.preventDefault();
  await api('/api/notes', Object.fromEntries(new FormData(event.target)));
  event.target.reset();
  await show();
});

await show();
