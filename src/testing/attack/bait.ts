/** Serves keys of the attacker to targets that fetch a URL of a token. */

import { createPublicKey } from 'node:crypto';
import { writePem } from '../../core/keys/pem.ts';
import { selfSignedCertificate } from './cases/certificate.ts';
import { BAIT_PATHS, publicJwk } from './cases/header-key.ts';
import type { Forge } from './forge.ts';
import { serveLocally } from './local-server.ts';

/** A server that notes what was fetched. */
export interface Bait {
  readonly origin: string;
  /** Returns whether a path was fetched since the last call. */
  wasFetched(path: string): boolean;
  close(): Promise<void>;
}

/** Starts the server on 127.0.0.1. */
export async function openBait(forge: Forge): Promise<Bait> {
  const fetched = new Set<string>();
  const server = await serveLocally((request, response) => {
    const path = request.url ?? '';
    fetched.add(path);
    response.end(documentAt(path, forge));
  });
  return {
    ...server,
    wasFetched: (path) => fetched.delete(path),
  };
}

function documentAt(path: string, forge: Forge): string {
  const rsa = forge.attackerKey('RS256');
  if (path === BAIT_PATHS.x5u) {
    return writePem('CERTIFICATE', selfSignedCertificate(rsa).toString('base64'));
  }
  const own = forge.isSymmetric ? rsa : forge.attackerKey(forge.algorithm);
  if (path === BAIT_PATHS.kid) {
    return String(createPublicKey(own.object).export({ format: 'pem', type: 'spki' }));
  }
  const jwk = publicJwk(own);
  const kids = [forge.header()['kid'], 'attacker'];
  return JSON.stringify({ keys: kids.map((kid) => ({ ...jwk, kid })) });
}
