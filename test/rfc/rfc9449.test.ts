import { describe, expect, it } from 'vitest';
import { createDpop } from '../../src/dpop/index.ts';
import { createVerifier } from '../../src/index.ts';
import { thumbprint } from '../../src/jwk/index.ts';
import { fakeStore } from '../dpop/setup.ts';
import { headerOf, payloadOf } from '../fixtures/tokens.ts';

const jwk = {
  kty: 'EC',
  x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
  y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  crv: 'P-256',
};
const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
const header =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
const tokenRequestProof = `${header}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`;
const resourceProof = `${header}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`;

function verify(proof: string, method: string, url: string, seconds = 1_562_262_618) {
  const { origin, pathname } = new URL(url);
  const dpop = createDpop({ replay: fakeStore(), origin, clock: () => seconds * 1000 });
  return dpop.verify({ method, url: pathname, headers: { dpop: proof } }, { token, jkt });
}

describe('RFC 9449', () => {
  it('§4.1: the proof of a token request is verified with its key, and is for no access token', async () => {
    expect(headerOf(tokenRequestProof)).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk });
    expect(createVerifier(jwk, { typ: 'dpop+jwt' })(tokenRequestProof)).toEqual({
      jti: '-BwC3ESc6acc2lTc',
      htm: 'POST',
      htu: 'https://server.example.com/token',
      iat: 1_562_262_616,
    });
    const verified = verify(tokenRequestProof, 'POST', 'https://server.example.com/token');
    await expect(verified).rejects.toMatchObject({ code: 'ERR_PROOF_INVALID', claim: 'ath' });
  });

  it('§6.1: the thumbprint of the key is the "jkt" of the token', () => {
    expect(thumbprint(jwk)).toBe(jkt);
  });

  it('§7.1: the proof of a request to a resource is accepted with its token', async () => {
    expect(payloadOf(resourceProof).ath).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo');
    const url = 'https://resource.example.org/protectedresource';
    await expect(verify(resourceProof, 'GET', url)).resolves.toBeUndefined();
    const invalid = { code: 'ERR_PROOF_INVALID' };
    await expect(verify(resourceProof, 'POST', url)).rejects.toMatchObject(invalid);
    await expect(verify(resourceProof, 'GET', `${url}/x`)).rejects.toMatchObject(invalid);
    await expect(verify(resourceProof, 'GET', url, 1_562_262_700)).rejects.toMatchObject(invalid);
  });
});
