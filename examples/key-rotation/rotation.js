// An issuer that rotates its key every 25 seconds, and a service that verifies its tokens for five minutes.
// Both use a clock that this program advances, so that it ends within seconds.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createVerifier } from 'jotkit';
import { createKeyRing, createRemoteJwks, generateKey } from 'jotkit/jwk';
import { toListener } from 'jotkit/node';

let now = Date.now();
const clock = () => now;
const issuer = 'https://id.example';

// The issuer publishes a key for 20 seconds before it signs. Default: one hour.
const ring = createKeyRing([{ key: await generateKey('ES256') }], {
  issuer,
  expiresIn: '20s',
  leadTime: '20s',
  clock,
});
let fetches = 0;
const server = createServer(
  toListener((request) => {
    fetches++;
    return ring.response(request);
  }),
);
await once(server.listen(0, 'localhost'), 'listening');

// The service knows the URL of the keys.
const url = `http://localhost:${server.address().port}/jwks.json`;
const keys = createRemoteJwks(url, { clock, freshFor: { min: 1, max: 60 } });
const verify = createVerifier(keys, { issuer, clock });

const algorithms = ['EdDSA', 'ES384', 'ES256'];
const recent = []; // tokens of the last 19 seconds: none has expired
let rotations = 0;
let verified = 0;
for (let second = 0; second < 300; second++) {
  if (second % 25 === 0) ring.publish({ key: await generateKey(algorithms[rotations++ % 3]) });
  recent.push(await ring.sign({ sub: 'ada' }));
  if (recent.length > 19) recent.shift();
  for (const token of [recent[0], recent.at(-1)]) {
    await verify(token); // throws if a token is rejected
    verified++;
  }
  now += 1000;
}
keys.close();
server.close();

for (const { kid, algorithm, state } of ring.status()) {
  console.log(algorithm.padEnd(6), state.padEnd(10), kid);
}
console.log(`${rotations} rotations, ${verified} tokens verified, ${fetches} fetches of the keys`);
