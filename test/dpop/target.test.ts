/** The rule about `htu`: which URLs are that of the request (RFC 3986 §6.2.2, §6.2.3). */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDpop } from '../../src/dpop/index.ts';
import { normalizeUrl } from '../../src/dpop/target.ts';
import { rejectionOf } from '../fixtures/outcome.ts';
import { accessToken, type Call, fakeStore, jkt, NOW, proofOf, verify } from './setup.ts';

/** Whether a proof for `htu` is accepted. */
async function accepts(htu: string, call: Call & { origin?: string | string[] } = {}) {
  const { origin = 'https://api.example', ...rest } = call;
  const result = verify({ ...rest, proof: proofOf({ claims: { htu } }), options: { origin } });
  return result.then(
    () => true,
    ({ message }) => (message.includes('"htu" must be the URL') ? false : message),
  );
}

describe('the same URL in another spelling is accepted:', () => {
  it.each([
    ['scheme and host in capitals', 'HTTPS://API.Example/me', '/me'],
    ['the default port', 'https://api.example:443/me', '/me'],
    ['an empty port', 'https://api.example:/me', '/me'],
    ['an empty path', 'https://api.example', '/'],
    ['a query and a fragment of the proof', 'https://api.example/me?page=2#end', '/me'],
    ['a query of the request', 'https://api.example/me', '/me?next=https://evil/x'],
    ['a query with slashes and dots', 'https://api.example/me', '/me?x=/../you'],
    ['unreserved characters as escapes', 'https://api.example/%6de/%7Ea', '/me/~a'],
    ['unreserved characters as escapes in the request', 'https://api.example/me', '/%6De'],
    ['escapes in lower case', 'https://api.example/a%2fb%c3%bc', '/a%2Fb%C3%BC'],
    ['characters that must be escaped', 'https://api.example/ü |"\\', '/%C3%BC%20%7C%22%5C'],
    ['a percent sign alone', 'https://api.example/100%', '/100%25'],
    ['dot segments', 'https://api.example/a/./b/../../me', '/me'],
    ['dot segments as escapes', 'https://api.example/a/%2E%2e/me', '/me'],
    ['dot segments above the root', 'https://api.example/../../me', '/me'],
    ['a dot segment at the end', 'https://api.example/a/b/..', '/a/'],
    ['dot segments of the request', 'https://api.example/me', '/a/../me'],
    ['the absolute form of a request', 'https://api.example/me', 'http://internal:8080/me?a'],
    ['two slashes', 'https://api.example//evil/x', '//evil/x'],
  ])('%s', async (_, htu, url) => {
    expect(await accepts(htu, { url })).toBe(true);
  });

  it('an international name in Unicode', async () => {
    for (const origin of ['https://bücher.example', 'https://xn--bcher-kva.example']) {
      expect(await accepts('https://BÜCHER.example/me', { origin })).toBe(true);
      expect(await accepts('https://xn--bcher-kva.example/me', { origin })).toBe(true);
    }
  });

  it('an IPv6 address and a port', async () => {
    const origin = 'http://[::1]:3000';
    expect(await accepts('http://[0:0::1]:3000/me', { origin })).toBe(true);
    expect(await accepts('http://[::1]/me', { origin })).toBe(false);
  });
});

describe('another URL is rejected:', () => {
  it.each([
    ['another scheme', 'http://api.example/me', '/me'],
    ['another host', 'https://evil.example/me', '/me'],
    ['a longer host', 'https://api.example.evil/me', '/me'],
    ['another port', 'https://api.example:8443/me', '/me'],
    ['a host without a scheme', '//api.example/me', '/me'],
    ['a path alone', '/me', '/me'],
    ['no authority', 'https:/me', '/me'],
    ['a user', 'https://api.example@evil/me', '/me'],
    ['a user of our host', 'https://user@api.example/me', '/me'],
    ['an empty user', 'https://@api.example/me', '/me'],
    ['a backslash for a slash', 'https://api.example\\me', '/me'],
    ['backslashes', 'https:\\\\api.example/me', '/me'],
    ['white space before', ' https://api.example/me', '/me'],
    ['a tab in the host', 'https://api.exa\tmple/me', '/me'],
    ['a control character after the host', 'https://api.example\u0001/me', '/me'],
    ['a newline in the path', 'https://api.example/m\ne', '/me'],
    ['another case of the path', 'https://api.example/ME', '/me'],
    ['a slash at the end', 'https://api.example/me/', '/me'],
    ['one slash for two', 'https://api.example/evil/x', '//evil/x'],
    ['a host in the path of the request', 'https://evil/x', '//evil/x'],
    ['a slash as an escape', 'https://api.example/a%2Fme', '/a/me'],
    ['a question mark as an escape', 'https://api.example/me%3Fa', '/me?a'],
    ['an escape twice', 'https://api.example/%256De', '/me'],
    ['a host of 301 characters', `https://${'a'.repeat(301)}/me`, '/me'],
    ['the asterisk of OPTIONS', 'https://api.example/*', '*'],
    ['the authority of CONNECT', 'https://api.example/', 'api.example:443'],
    ['a script', 'javascript:alert(1)', '/me'],
  ])('%s', async (_, htu, url) => {
    expect(await accepts(htu, { url })).toBe(false);
  });
});

it('another URL is on the error beside the expected one, and in no text of it', async () => {
  const proof = proofOf({ claims: { htu: 'https://internal:3000/me' } });
  const error = await rejectionOf(verify({ proof }));
  const [expected, actual] = [['https://api.example/me'], 'https://internal:3000/me'];
  expect(error).toMatchObject({ code: 'ERR_PROOF_INVALID', claim: 'htu', expected, actual });
  expect(JSON.stringify(error)).not.toContain('https://');
});

describe('the option "origin"', () => {
  it('can have the path that a proxy removes', async () => {
    for (const origin of ['https://api.example/v1', 'https://api.example/v1/']) {
      expect(await accepts('https://api.example/v1/me', { origin })).toBe(true);
      expect(await accepts('https://api.example/me', { origin })).toBe(false);
      expect(await accepts('https://api.example/v1//evil/x', { origin, url: '//evil/x' })).toBe(
        true,
      );
    }
  });

  it('with a path is itself the URL of the resource at its root, with and without a slash', async () => {
    for (const origin of ['https://api.example/mcp', 'https://api.example/mcp/']) {
      expect(await accepts('https://api.example/mcp', { origin, url: '/' })).toBe(true);
      expect(await accepts('https://api.example/mcp/', { origin, url: '/?page=2' })).toBe(true);
      expect(await accepts('https://api.example/mcp', { origin, url: '//' })).toBe(false);
      expect(await accepts('https://api.example/', { origin, url: '/' })).toBe(false);
    }
  });

  it('as one origin makes Host irrelevant', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    expect(await accepts('https://api.example/me', { headers })).toBe(true);
    expect(await accepts('https://evil.example/me', { headers })).toBe(false);
  });

  it('as a list lets Host choose, and add nothing', async () => {
    const origin = ['https://a.example', 'https://b.example:8443', 'https://a.example/v1'];
    const at = (htu: string, host?: string) => {
      return accepts(htu, { origin, ...(host !== undefined && { headers: { host } }) });
    };
    expect(await at('https://a.example/me', 'a.example')).toBe(true);
    expect(await at('https://a.example/me', 'A.example:443')).toBe(true);
    expect(await at('https://a.example/v1/me', 'a.example')).toBe(true);
    expect(await at('https://b.example:8443/me', 'b.example:8443')).toBe(true);
    expect(await at('https://a.example/me', 'b.example:8443')).toBe(false);
    expect(await at('https://b.example:8443/me', 'b.example')).toBe(false);
    for (const host of [
      'evil.example',
      'a.example, b.example:8443',
      'x@a.example',
      'a.example/',
      '',
    ]) {
      for (const name of ['evil.example', 'a.example']) {
        expect(await at(`https://${name}/me`, host)).toBe(false);
      }
    }
    expect(await at('https://a.example/me')).toBe(false);
  });

  it('is by default that of the resource', async () => {
    const dpop = createDpop({ replay: fakeStore(), clock: () => NOW });
    const bound = { token: accessToken, jkt: jkt(), origin: 'https://api.example' };
    const request = () => ({ method: 'GET', url: '/me', headers: { dpop: proofOf() } });
    await expect(dpop.verify(request(), bound)).resolves.toBeUndefined();
    const expected = { name: 'TypeError', code: 'ERR_OPTION_INVALID' };
    for (const origin of [undefined, 'api.example']) {
      const other = { token: accessToken, jkt: jkt(), origin };
      await expect(dpop.verify(request(), other)).rejects.toMatchObject(expected);
    }
  });

  it.each([
    'api.example',
    'ftp://api.example',
    'https://user@api.example',
    'https://api.example?a',
    'https://api.example#a',
    '',
    [],
    ['https://api.example', 'x'],
    [undefined],
    1,
  ])('is checked: %j', (origin) => {
    const options = { replay: fakeStore(), origin } as never;
    expect(() => createDpop(options)).toThrow(/^"origin" must be a URL/);
  });

  it('prefers the URL before a router removed its mount path', async () => {
    const dpop = createDpop({
      replay: fakeStore(),
      origin: 'https://api.example',
      clock: () => NOW,
    });
    const headers = { dpop: proofOf() };
    const request = { method: 'GET', originalUrl: '/me', url: '/', headers };
    const verified = dpop.verify(request, { token: accessToken, jkt: jkt() });
    await expect(verified).resolves.toBeUndefined();
  });
});

/** Pieces of which URLs are made, also wrong ones. */
const piece = fc.constantFrom(
  ...['/', '.', '..', '/..', 'a', '%', '%2', '%2f', '%2E', '%41', '?', '#', '@', ':', '\\', ' '],
  ...['ü', '\ud800', 'https://', 'b.c', '%25', '[', '|'],
);
const path = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join('')}`);

describe('normalization', () => {
  it('is the identity on its own result', () => {
    fc.assert(
      fc.property(path, (text) => {
        const once = normalizeUrl(`https://api.example${text}`) ?? '';
        expect(normalizeUrl(once)).toBe(once);
        expect(once).toMatch(/^https:\/\/api\.example\/[\w.~!$&'()*+,;=:@/%-]*$/);
      }),
    );
  });

  it('never leaves the origin, whatever the path is', async () => {
    const property = fc.asyncProperty(path, async (text) => {
      expect(await accepts(`https://api.example${text}`, { url: text })).toBe(true);
      expect(await accepts(`https://evil.example${text}`, { url: text })).toBe(false);
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it('agrees with URL on the URLs that browsers send', () => {
    fc.assert(
      fc.property(fc.webUrl(), (text) => {
        const { origin, pathname } = new URL(text);
        expect(normalizeUrl(text)).toBe(normalizeUrl(origin + pathname));
      }),
    );
  });
});
