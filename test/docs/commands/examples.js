/** Runs the examples of docstrings one after the other, in one process; prints what each of them did. */

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { format } from 'node:util';

/** @typedef {{ error?: string, printed: string[] }} Outcome */

/** Callbacks print after their example has ended. */
const LATE_OUTPUT_MS = 5000;

/** @type {Array<{ place: string, name: string, lines: number }>} */
const programs = JSON.parse(readFileSync('examples.json', 'utf8'));
/** @type {Record<string, Outcome>} */
const outcomes = Object.fromEntries(programs.map(({ place }) => [place, { printed: [] }]));
let running = '';

/** The console of an example. */
Reflect.set(globalThis, 'consoleOf', (/** @type {string} */ place) => ({
  ...console,
  log: (/** @type {unknown[]} */ ...values) => outcomes[place]?.printed.push(format(...values)),
}));

/** The identity provider that examples name. */
const jwk = createPublicKey(process.env.JWT_PUBLIC_KEY ?? '').export({ format: 'jwk' });
const issuer = 'https://id.example';
/** @type {Record<string, object>} */
const documents = {
  [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks.json` },
  [`${issuer}/jwks.json`]: { keys: [{ ...jwk, kid: 'main' }] },
};
globalThis.fetch = async (url) => {
  const document = documents[String(url)];
  return document ? Response.json(document) : new Response(null, { status: 404 });
};

/** Blames the example that the stack names, or else the one that runs. */
function fail(/** @type {unknown} */ error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const culprit = programs.find(({ name }) => text.includes(`/${name}`))?.place ?? running;
  outcomes[culprit] = { error: text, printed: outcomes[culprit]?.printed ?? [] };
}
process.on('uncaughtException', fail);

for (const { place, name } of programs) {
  running = place;
  try {
    await import(`./${name}`);
  } catch (error) {
    fail(error);
  }
}

const isPrinted = () =>
  programs.every(({ place, lines }) => {
    const { error, printed = [] } = outcomes[place] ?? {};
    return error !== undefined || printed.length >= lines;
  });
const end = Date.now() + LATE_OUTPUT_MS;
do await sleep(20);
while (!isPrinted() && Date.now() < end);
process.stdout.write(`\n${JSON.stringify(outcomes)}`, () => process.exit());
