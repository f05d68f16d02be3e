/** The library in every runtime, from the packed file, loaded both ways. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Project } from './project.ts';
import {
  installRuntimes,
  type Matrix,
  matrixOf,
  type Runtime,
  runIn,
  runtimes,
  supportPage,
  workerd,
} from './runtimes.ts';

let project: Project;
const byImport = new Map<Runtime, Matrix>();
const byRequire = new Map<Runtime, Matrix>();

beforeAll(async () => {
  project = await installRuntimes();
  for (const runtime of runtimes) {
    byImport.set(runtime, await matrixOf(runtime, project, 'by-import.mjs'));
    byRequire.set(runtime, await matrixOf(runtime, project, 'by-require.cjs'));
  }
  byImport.set(workerd, await matrixOf(workerd, project, 'worker.capnp'));
});

afterAll(() => project?.remove());

describe.each([...runtimes, workerd])('$name $version', (runtime) => {
  const seen = () => byImport.get(runtime) as Matrix;
  const algorithms = () => Object.entries(seen().algorithms);

  test('every rule holds', () => {
    expect(seen().broken).toEqual({});
  });

  test('an algorithm works with every form of key that the runtime has', () => {
    const troubles = algorithms().flatMap(([alg, { rejection, forms }]) => {
      if (rejection) return [];
      const wrong = Object.entries(forms).filter(([, outcome]) => !/^(yes|lacking)$/.test(outcome));
      return wrong.map(([form, outcome]) => `${alg}, ${form}: ${outcome}`);
    });
    expect(troubles).toEqual([]);
  });

  test('an algorithm that the runtime has is accepted', () => {
    const rejected = algorithms().filter(([, { rejection, runtime: has }]) => rejection && has);
    expect(rejected).toEqual([]);
  });

  test('the error names the algorithm and the runtime, whatever the key', () => {
    // workerd says that it is a Node.js.
    const name = runtime === workerd ? 'Node\\.js [\\d.]+' : `${runtime.name} ${runtime.version}`;
    for (const [alg, { rejection, forms }] of algorithms()) {
      if (!rejection) continue;
      const message = new RegExp(`^"${alg}" is not supported by this runtime \\(${name}\\)$`);
      expect(rejection).toMatchObject({ type: true, code: 'ERR_OPTION_INVALID' });
      expect(rejection.message).toMatch(message);
      for (const outcome of Object.values(forms)) {
        expect(['lacking', `TypeError: ${rejection.message}`]).toContain(outcome);
      }
    }
  });

  test('the algorithms of jsonwebtoken are available, except those that the runtime lacks', () => {
    const working = algorithms().filter(([, { rejection }]) => !rejection);
    const everywhere = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'EdDSA'];
    expect(working.map(([alg]) => alg)).toEqual(expect.arrayContaining(everywhere));
  });
});

test.each(runtimes)('$name $version does the same by import and by require', (runtime) => {
  expect(byRequire.get(runtime)).toEqual(byImport.get(runtime));
});

test.each(runtimes)('$name $version runs a resource server', async (runtime) => {
  expect(JSON.parse(await runIn(runtime, project, 'resource-server.mjs'))).toEqual({
    document: 'https://api.example/orders',
    bearer: 'jwt ada orders:read',
    idToken: 'typ_not_allowed',
    opaque: 'opaque ada orders:admin,orders:read',
    inactive: 'token_inactive',
    stolen: 'sender_mismatch',
    withoutNonce: 'nonce_required',
    proof: 'jwt ada orders:read',
    replay: 'proof_replayed',
    kind: 'ERR_TOKEN_KIND',
  });
});

test('docs/project/runtimes.md shows these results', async () => {
  await expect(supportPage(byImport)).toMatchFileSnapshot('../../docs/project/runtimes.md');
});
