// An issuer that rotates its keys every 25 seconds and a service that verifies, under load, for five
// minutes on a clock of their own (npm run build && node examples/rotation.js).
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createVerifier } from 'jotkit';
import { createKeyRing, createRemoteJwks, generateKey } from 'jotkit/jwk';

let now = Date.now();
const clock = () => now;
const issuer = 'https://id.example';

// The issuer: a key is published for 20 seconds before it signs.
const settings = { issuer, expiresIn: '20s', leadTime: '20s', clock };
const ring = createKeyRing([{ key: await generateKey('ES256') }], settings);

let fetches = 0;
const server = createServer(async (request, answer) => {
  fetches++;
  const etag = request.headers['if-none-match'];
  const headers = etag ? { 'if-none-match': etag } : {};
  const response = ring.response(new Request(`${issuer}/jwks`, { headers }));
  answer.writeHead(response.status, Object.fromEntries(response.headers));
  answer.end(await response.text());
});
await once(server.listen(0, '127.0.0.1'), 'listening');

// The service knows no more than the address.
const url = `http://127.0.0.1:${server.address().port}/jwks`;
const keys = createRemoteJwks(url, { clock, freshFor: { min: 1, max: 60 } });
const verify = createVerifier(keys, { issuer, clock });

let verified = 0;
let failures = 0;
const check = (token) =>
  verify(token).then(
    () => verified++,
    (error) => {
      failures++;
      console.log(error.code, error.message);
    },
  );

const algorithms = ['EdDSA', 'ES384', 'ES256'];
const kids = new Set();
/** Tokens of the last 19 seconds: all of them are good. */
const living = [];
for (let second = 0; second < 300; second++) {
  if (second % 25 === 0) {
    const { kid } = ring.publish({ key: await generateKey(algorithms[(second / 25) % 3]) });
    kids.add(kid);
  }
  const tokens = await Promise.all(Array.from({ length: 5 }, (_, i) => ring.sign({ sub: `${i}` })));
  living.push(tokens[0]);
  if (living.length > 19) living.shift();
  await Promise.all([...tokens, living[0]].map(check));
  now += 1000;
}
keys.close();
server.close();

for (const { kid, algorithm, state } of ring.status()) {
  console.log(algorithm.padEnd(6), state.padEnd(10), kid);
}
console.log(
  `${verified} verified, ${failures} failures; ${kids.size} rotations, ${fetches} fetches`,
);
if (failures > 0) process.exit(1);
